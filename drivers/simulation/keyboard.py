"""A US keyboard under ten fingers, or under the five of one hand: which finger goes where for each key."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BACKSPACE, ENTER, SHIFT, SPACE = "⌫", "⏎", "⇧", " "
"""Keys that have no character of their own, as emg2qwerty writes them."""

HOME: Final = 2
#: rows from the number row down: characters without and with shift, and the column of the first
ROWS: Final = (
    ("`1234567890-=", "~!@#$%^&*()_+", -1),
    ("qwertyuiop[]\\", "QWERTYUIOP{}|", 0),
    ("asdfghjkl;'", 'ASDFGHJKL:"', 0),
    ("zxcvbnm,./", "ZXCVBNM<>?", 0),
)
#: finger -> the columns it serves and, first, the one it rests on
Fingering = dict[tuple[int, str], tuple[int, ...]]
ONE_HAND: Final[Fingering] = {
    (0, "index"): (2, 1, 0, -1),
    (0, "middle"): (3, 4),
    (0, "ring"): (6, 5),
    (0, "little"): (7, 8, 9, 10, 11, 12),
}
TWO_HANDS: Final[Fingering] = {
    (0, "little"): (0, -1),
    (0, "ring"): (1,),
    (0, "middle"): (2,),
    (0, "index"): (3, 4),
    (1, "index"): (6, 5),
    (1, "middle"): (7,),
    (1, "ring"): (8,),
    (1, "little"): (9, 10, 11, 12),
}
SHIFTED: Final = {big: small for smalls, bigs, _ in ROWS for small, big in zip(smalls, bigs, strict=True)}


@dataclass(frozen=True, slots=True)
class Reach:
    """Where a finger goes to press a key."""

    hand: int
    """0 is the first band's: the left hand's of two."""
    finger: str
    rows: int
    """Away from the wrist, from the row where the fingers rest."""
    outwards: int
    """Columns away from the thumb, from the one where the finger rests."""


class Keyboard:
    """Keys under one hand or two."""

    def __init__(self, hands: int) -> None:
        """hands: 2, or 1: the right one does it all."""
        self._hands = hands
        self._reaches = {key: self._reach(row, column) for key, row, column in _places()}
        self._reaches[SPACE] = Reach(hands - 1, "thumb", 0, 0)

    def reach(self, key: str) -> Reach:
        """How a key is pressed."""
        return self._reaches[key]

    def beside(self, key: str) -> Sequence[str]:
        """Keys that are hit in its place: those beside a letter."""
        for row, _, _ in ROWS[1:]:
            if key.isalpha() and key in row:
                at = row.index(key)
                return [near for near in row[max(at - 1, 0) : at + 2] if near != key and near.isalpha()]
        return ()

    def _reach(self, row: int, column: int) -> Reach:
        for (hand, finger), columns in (TWO_HANDS if self._hands == 2 else ONE_HAND).items():
            if column in columns:
                right = hand == self._hands - 1
                return Reach(hand, finger, HOME - row, column - columns[0] if right else columns[0] - column)
        raise KeyError(column)


def keys_of(character: str) -> tuple[str, ...]:
    """The keys to press for it, shift first. Raises ``KeyError`` where no key has it."""
    if character in SHIFTED:
        return SHIFT, character
    return (_PLAIN[character],)


def _places() -> list[tuple[str, int, int]]:
    """Key, row and column. A capital is the same place as its small letter; shift is left below."""
    rows = [
        (key, row, first + at)
        for row, (smalls, bigs, first) in enumerate(ROWS)
        for keys in (smalls, bigs)
        for at, key in enumerate(keys)
    ]
    return [*rows, (BACKSPACE, 0, 12), (ENTER, HOME, 11), (SHIFT, 3, -1)]


_PLAIN: Final = {key: key for smalls, _, _ in ROWS for key in (*smalls, SPACE, BACKSPACE, ENTER, SHIFT)} | {"\n": ENTER}
