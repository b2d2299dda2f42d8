"""Cuts finished trials of text and gesture events out of a stream: what the frozen part made of it, and what was asked.

It hears the stream by itself, in steps counted from its first sample, so that live and out of a recording the same
samples give the same piece to the bit. What was typed is known in order, not in time, which CTC does not ask; when an
act was made, ``acts.py`` finds.

F feature.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from calibration import acts
from calibration.causes import Cause
from calibration.doubts import doubts_of_activity
from calibration.heard import Heard, Recent, Samples
from calibration.offline import MARGIN_S
from calibration.onset import RestLevel, Span
from calibration.plan import Plan, Trial
from calibration.quality import Quality, Verdict, bad_faults
from models.datasets.sequences import Sequence as Labelled
from models.pipeline.recognizer import finite_runs
from models.pipeline.sequence_steps import Steps
from models.pipeline.sequence_stream import SequenceStream
from models.pipeline.symbols import typed
from models.sequence_runtime import SequenceModel
from models.training.pieces import Piece

Array = npt.NDArray[np.float32]

LATE_S: Final = 0.3
"""Who is active within so many seconds of the end, and did not say that they are through, is not."""
JUDGED_S: Final = 2.0
"""The signal is judged over so many seconds before the end of a hold that was shorter."""
ACTIVE_S: Final = 0.03
"""Activity for each key, at least: a burst lasts three times as long."""


@dataclass(frozen=True, slots=True, eq=False)
class CapturedPiece:
    """What is learned from, of one trial."""

    trial: Trial
    piece: Piece
    start: int
    """Index of the first sample of the hold."""
    quality: Quality
    raw: Array | None
    """(time, channel) unfiltered microvolts of the whole hold; ``None`` unless it was to be kept."""
    doubts: tuple[Cause, ...] = ()
    """Why it may be something else than what was asked."""


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    answers: Array
    """(answer, class)."""
    features: Array
    """(answer, F)."""
    last: npt.NDArray[np.int64]
    """(answer,) index of the last sample behind each."""


class PieceCapture:
    """Remembers the last seconds of a stream."""

    def __init__(self, model: SequenceModel, plan: Plan, *, keep_raw: bool) -> None:
        """``model``: with everybody's last layer; ``keep_raw``: whether the user consented."""
        keep_s = plan.hold_s + MARGIN_S
        self._spec, self._plan = model.spec, plan
        self._heard = Heard(model.spec, keep_s, acts.BLOCK_S, keep_raw=keep_raw)
        self._stream = SequenceStream(model)
        self._steps = Steps(model.spec)
        self._answers = Recent[_Step](round(keep_s * model.spec.rate_hz))
        self._next: int | None = None
        self._start = self._fed = self._answered = 0  # of the stretch since the last gap

    def signal(self, samples: Samples, first: int) -> list[Quality]:
        """Take (time, channel) unfiltered microvolts whose first has the index ``first``; say how good they are."""
        for index, run in finite_runs(samples, first):
            if index != self._next:
                self._stream.reset()
                self._steps.restart()
                self._start, self._fed, self._answered = index, 0, 0
            self._next = index + len(run)
            for step in self._steps.feed(run):
                self._hear(step)
        return self._heard.feed(samples, first)

    def _hear(self, step: Array) -> None:
        answers, features = self._stream.hear(step)
        number = self._answered + np.arange(len(answers))
        self._answered += len(answers)
        self._fed += len(step)
        last = self._start + self._spec.window - 1 + number * self._spec.hop
        self._answers.add(self._start + self._fed - 1, _Step(answers, features, last))

    def quality(self, during: Span) -> Quality | None:
        """Of the signal in that time; ``None`` where no whole second of it is there."""
        return self._heard.quality(during)

    def rest_level(self, during: Span) -> RestLevel | None:
        """Of an arm that was at rest in that time; ``None`` where nothing of it is there."""
        return self._heard.rest_level(during)

    def cut(self, trial: Trial, hold: Span, rest: RestLevel | None) -> CapturedPiece | Verdict:
        """What was done in that time, or why nothing can be learned from it.

        Call it when everything up to the end of the hold was fed.
        """
        quality = self._judged(hold)
        if quality is None or self._heard.received(hold) < len(hold) or (heard := self._within(hold)) is None:
            return Verdict((Cause("gaps", "samples are missing: check the connection of the device"),))
        blocks = self._heard.blocks(hold)
        busy = acts.active(blocks, rest)
        made = acts.movements(busy, blocks, self._heard.block, self._spec.rate_hz)
        if causes := bad_faults(quality) or self._not_done(trial, hold, made):
            return Verdict(causes)
        truth = self._events(trial, hold, made, heard) if self._plan.kind == "events" else self._text(trial, hold, made)
        piece = Piece(heard.features, int(heard.last[0]) - hold.start, truth)
        doubts = () if self._plan.kind == "events" else doubts_of_activity(len(truth.keys), *acts.bursts(busy))
        return CapturedPiece(trial, piece, hold.start, quality, self._heard.raw(hold), doubts)

    def _judged(self, hold: Span) -> Quality | None:
        return self.quality(Span(min(hold.start, hold.stop - round(JUDGED_S * self._spec.rate_hz)), hold.stop))

    def _within(self, hold: Span) -> _Step | None:
        """What steps that were whole by the end of the hold say of it; ``None``: nothing."""
        steps = self._answers.within(hold, 1)
        if not steps:
            return None
        last = np.concatenate([step.last for step in steps])
        inside = last >= hold.start
        answers = np.concatenate([step.answers for step in steps])[inside]
        features = np.concatenate([step.features for step in steps])[inside]
        return _Step(answers, features, last[inside]) if inside.any() else None

    def _not_done(self, trial: Trial, hold: Span, made: list[Span]) -> tuple[Cause, ...]:
        rate_hz, asked_s = self._spec.rate_hz, self._plan.hold_s
        keys = len(typed(trial.gesture)) if self._plan.kind == "text" else 1
        if not made or sum(map(len, made)) < keys * ACTIVE_S * rate_hz:
            what = "nothing was typed" if self._plan.kind == "text" else "no movement was found"
            return (Cause("no_contraction", f"{what}: begin as soon as asked", seconds=asked_s),)
        timed_out = len(hold) >= round(asked_s * rate_hz) - 1
        if timed_out and made[-1].stop > hold.stop - LATE_S * rate_hz:
            reason = f"not through after {asked_s:g} s: be quicker, say when you are done, or ask for more time"
            return (Cause("unfinished", reason, held_s=len(hold) / rate_hz, asked_s=asked_s),)
        return ()

    def _text(self, trial: Trial, hold: Span, made: list[Span]) -> Labelled:
        """The keys in order. Their times are made up, evenly over the activity: nobody measured or asks for them."""
        keys = tuple(typed(trial.gesture))
        return self._labelled(hold, keys, np.linspace(made[0].start, made[-1].stop - 1, len(keys)))

    def _events(self, trial: Trial, hold: Span, made: list[Span], heard: _Step) -> Labelled:
        labels, rate_hz = self._spec.require_sequence().labels, self._spec.rate_hz
        events = acts.labels_of(trial.gesture, labels)
        rough = acts.times_of(events, made, rate_hz)
        seen = [heard.answers[:, labels.index(event)] for event in events]
        times = [acts.moved(at, pulse, heard.last, rate_hz) for at, pulse in zip(rough, seen, strict=True)]
        return self._labelled(hold, events, np.maximum.accumulate(times))

    def _labelled(self, hold: Span, keys: tuple[str, ...], times: npt.NDArray[Any]) -> Labelled:
        places = np.clip(np.round(times).astype(np.int64) - hold.start, 0, len(hold) - 1)
        return Labelled(np.zeros((len(hold), 0), np.float32), self._spec.rate_hz, keys, places, "", "")
