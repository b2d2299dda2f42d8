"""What makes a sentence doubtful that may have been typed as asked: it is told, and never refused.

Nobody knows which keys were struck. But the muscles tell roughly how many there were, and a user's own last layer, once
it is of use, what they were like.
"""

from typing import Final

from calibration.causes import Cause
from models.last_layer import LastLayer
from models.pipeline.ctc import begun
from models.spec import ModelSpec
from models.training.pieces import Piece
from models.training.sequence_metrics import text_errors

LITTLE_S: Final = 0.08
"""Seconds of activity for each key below which some were left out. Five simulated hands (sim://wristband) have 0.19 to
0.23 at 30 words a minute and 0.14 to 0.16 at 80."""
MANY: Final = 3
"""Bursts for each key above which there were more keys: those hands have up to 1.9, for fingers are lifted, too."""
WHOLLY: Final = 0.8
"""Rate of errors above which a layer heard another sentence; one of use errs in half of the keys at most."""
AGAIN: Final = "if it was not typed as shown, ask for it again"


def doubts_of_activity(keys: int, bursts: int, active_s: float) -> tuple[Cause, ...]:
    """Of a sentence of so many keys, from the stretches of activity and how long they were together."""
    if active_s < LITTLE_S * keys:
        return (Cause("too_little", f"only {active_s:.1f} s of activity for {keys} keys: {AGAIN}"),)
    if bursts > MANY * keys + MANY:  # some more, for a sentence of one key
        return (Cause("too_much", f"{bursts} bursts of activity for {keys} keys: {AGAIN}"),)
    return ()


def doubts_of_hearing(piece: Piece, layer: LastLayer, spec: ModelSpec) -> tuple[Cause, ...]:
    """Of a sentence, from what the user's own layer of before makes of it."""
    labels = spec.require_sequence().labels
    heard = begun(layer(piece.features).argmax(axis=1), len(labels), len(labels))
    errors = text_errors(piece.truth.text, "".join(labels[number] for number in heard))
    wrong = errors.insertions + errors.deletions + errors.substitutions
    if wrong <= WHOLLY * errors.symbols:
        return ()
    return (Cause("misheard", f"the layer of before heard something else: {AGAIN}"),)
