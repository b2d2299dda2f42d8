"""What a wristband types: the 98 keys of emg2qwerty, one class of the network each, and after them the CTC blank.

    V. Sivakumar et al., "emg2qwerty: a large dataset with baselines for touch typing using surface electromyography",
    NeurIPS 2024.

A text is a string of these symbols, as the keys were pressed: shift is a key of its own, before what it changed, and
backspace does not take back what is in the string. ``typed`` and ``on_screen`` lead from plain text to keys and back.
"""

import string
import unicodedata
from collections.abc import Iterable
from typing import Final

BACKSPACE, ENTER, SPACE, SHIFT = "⌫", "⏎", " ", "⇧"
SYMBOLS: Final = (*string.ascii_letters, *string.digits, *string.punctuation, BACKSPACE, ENTER, SPACE, SHIFT)
BLANK: Final = len(SYMBOLS)
"""The class that is no symbol, the last one."""
CLASS_OF: Final = {symbol: number for number, symbol in enumerate(SYMBOLS)}

_SHIFTED: Final = frozenset(string.ascii_uppercase + '~!@#$%^&*()_+{}|:"<>?')
_ALIKE: Final = str.maketrans(
    {"\n": ENTER, "\r": ENTER, "\b": BACKSPACE, "‘": "'", "’": "'", "“": '"', "”": '"', "—": "-"}
)
_NAMED: Final = {"Key.backspace": BACKSPACE, "Key.enter": ENTER, "Key.space": SPACE, "Key.shift": SHIFT}


def classes(text: str) -> list[int]:
    """The class of each symbol. Raises ``ValueError`` where one is none of ours."""
    if unknown := set(text) - set(SYMBOLS):
        raise ValueError(f"{', '.join(sorted(unknown))!r} cannot be typed: pass the text through cleaned() first")
    return [CLASS_OF[symbol] for symbol in text]


def text_of(numbers: Iterable[int]) -> str:
    """The symbols of some classes, of which none is the blank."""
    return "".join(SYMBOLS[number] for number in numbers)


def cleaned(text: str) -> str:
    """The text in our symbols: line ends, typographic quotes and accents become what is like them, the rest goes."""
    plain = unicodedata.normalize("NFKD", text.replace("\r\n", "\n").translate(_ALIKE))
    return "".join(sign for sign in plain if sign in CLASS_OF)


def symbol_of_key(key: str) -> str:
    """The symbol of a key press as pynput's key loggers name it, ``Key.space`` or ``a``; empty where there is none."""
    return _NAMED.get(key) or (cleaned(key) if len(key) == 1 else "")


def typed(text: str) -> str:
    """The keys that write a text on a US keyboard: shift goes down once for a run of signs that need it."""
    keys, held = [], False
    for sign in cleaned(text):
        if sign in _SHIFTED and not held:
            keys.append(SHIFT)
        held = sign in _SHIFTED
        keys.append(sign)
    return "".join(keys)


def on_screen(keys: str) -> str:
    """The plain text that the keys leave behind: shift shows nothing, backspace takes back, enter ends a line."""
    shown: list[str] = []
    for key in keys:
        if key == BACKSPACE:
            del shown[-1:]
        elif key != SHIFT:
            shown.append("\n" if key == ENTER else key)
    return "".join(shown)
