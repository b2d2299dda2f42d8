"""Something to type, without end: small sentences from parts, so that no network learns them by heart."""

from collections.abc import Iterator
from typing import Final

import numpy as np

WHO: Final = (
    "a quiet fox", "my zebra", "the judge", "every nurse", "our queen", "the old sailor", "a lazy cat", "his uncle",
    "the young baker", "one brave knight", "a tired driver", "the doctor", "her twin", "an expert", "the jolly cook",
    "that wizard",
)  # fmt: skip
DOES: Final = (
    "fixes", "paints", "quickly hides", "never buys", "just moved", "will examine", "saw", "kept", "often brings",
    "gave up", "has lost", "can juggle", "wants", "mixed", "zips up", "asks for",
)  # fmt: skip
WHAT: Final = (
    "the black box", "five eggs", "a velvet jacket", "six prizes", "some fresh bread", "the yellow kite", "two maps",
    "a quartz ring", "many books", "the wrong key", "a large pumpkin", "their boat", "half a waffle", "new gloves",
    "an extra lamp", "warm soup",
)  # fmt: skip
WHERE: Final = (
    "at dusk", "in the garden", "before lunch", "near the bridge", "on a dizzy day", "with great joy", "by the sea",
    "after work", "for a laugh", "under the oak", "in july", "once a week", "at the zoo", "without haste",
    "down the valley", "next to you",
)  # fmt: skip


def sentences(rng: np.random.Generator) -> Iterator[str]:
    """Lower-case letters, spaces and a new line at the end of each; 65,536 different ones."""
    while True:
        yield " ".join(str(rng.choice(parts)) for parts in (WHO, DOES, WHAT, WHERE)) + "\n"
