"""A recording through a model, by the very pipeline that answers live; done in a process beside, see ``aside.py``."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calibration.onset import Span
from drivers.recordings.formats import open_recording
from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import Prediction, Recognizer, load_recognizer
from models.runtime import Head, Model, load_model
from models.spec import REST
from models.training.metrics import score
from service.errors import TooLong
from service.messages import HeadInfo
from service.recordings.labels import Truth, labelled_spans
from service.recordings.messages import Agreement, Decisions, DecisionSpan, GestureAgreement
from service.recordings.opened import Opened

#: The longest recording that is answered to, and how long that may take.
MOST_S: Final = 1800.0
PATIENCE_S: Final = 120.0
#: As many answers as such a recording has at forty a second.
MOST_WINDOWS: Final = 72_000


@dataclass(frozen=True, slots=True)
class Order:
    """What shall answer to which recording."""

    file: Path
    model: str
    """Name or path, as ``load_model`` takes it."""
    head: bytes | None
    """A user's; ``None``: the one that came with the model."""
    decision: DecisionSpec
    words: tuple[tuple[int, str], ...]
    """(index, text) of the recording's markers."""
    first: int
    stop: int


@dataclass(frozen=True, slots=True)
class Answered:
    """What came out."""

    labels: tuple[str, ...]
    windows: int
    spans: tuple[DecisionSpan, ...]
    agreement: Agreement | None


def require_short(opened: Opened, hop_ms: float) -> None:
    """Raise ``TooLong`` unless the recording can be answered to in the time of a request."""
    longest_s = min(MOST_S, MOST_WINDOWS * hop_ms / 1000)
    if opened.length_s > longest_s:
        raise TooLong(
            f"{opened.path.name} has {opened.length_s:.0f} s, and {longest_s:.0f} s are the most that is answered here:"
            " use palmaris replay for longer ones"
        )


def answer(order: Order) -> Answered:
    """Play the recording. Raises what reading it and loading the model do."""
    recording = open_recording(order.file)
    model = load_model(order.model)
    if order.head is not None:
        model = Model(model.encoder, Head(order.head, order.file))
    recognizer = load_recognizer(model, order.decision)
    recognizer.arrange(recording.info.grid)
    blocks = recording.blocks()
    predictions = [said for block in blocks for said in recognizer.feed(block.samples, block.first)]
    spans = tuple(_spans(predictions, recognizer, order))
    truth = Truth(labelled_spans(order.words, order.stop))
    return Answered(recognizer.labels, len(predictions), spans, agreement_of(predictions, recognizer, truth))


def answer_in_json(order: Order, recording: str, model: str, head: HeadInfo, length_s: float) -> bytes:
    """The same as a client gets it: tens of thousands of spans are not written out on the event loop."""
    found = answer(order)
    told = Decisions(
        recording=recording,
        model=model,
        head=head,
        labels=found.labels,
        length_s=length_s,
        windows=found.windows,
        spans=found.spans,
        agreement=found.agreement,
    )
    return told.model_dump_json().encode()


def _spans(predictions: Iterable[Prediction], recognizer: Recognizer, order: Order) -> Iterator[DecisionSpan]:
    """Predictions in a row that say the same; one that comes later than a hop after the last begins another."""
    hop, rate = recognizer.spec.hop, recognizer.spec.rate_hz
    run: list[Prediction] = []
    for prediction in predictions:
        if run and (_says(prediction) != _says(run[-1]) or prediction.index != run[-1].index + hop):
            yield _span(run, order.first, min(prediction.index, run[-1].index + hop), rate)
            run = []
        run.append(prediction)
    if run:
        yield _span(run, order.first, min(order.stop, run[-1].index + hop), rate)


def _says(prediction: Prediction) -> tuple[str | None, bool]:
    return None if prediction.active is False else prediction.gesture, prediction.accepted


def _span(run: Sequence[Prediction], first: int, stop: int, rate_hz: float) -> DecisionSpan:
    gesture, accepted = _says(run[0])
    return DecisionSpan(
        start_s=(run[0].index - first) / rate_hz,
        stop_s=(stop - first) / rate_hz,
        gesture=gesture,
        accepted=accepted,
        confidence=math.fsum(prediction.confidence for prediction in run) / len(run),
    )


def agreement_of(predictions: Sequence[Prediction], recognizer: Recognizer, truth: Truth) -> Agreement | None:
    """See ``Agreement``; ``None`` where no window lies in a part whose name is known."""
    rests = REST not in recognizer.labels and any(prediction.active is not None for prediction in predictions)
    answers = (*recognizer.labels, *([REST] if rests else []))
    counted = [(named, said) for named, said in _named(predictions, recognizer.spec.window, truth) if named in answers]
    if not counted:
        return None
    pairs = [(answers.index(named), answers.index(_answer(said))) for named, said in counted]
    scores = score([true for true, _ in pairs], [said for _, said in pairs], len(answers))
    windows = Counter(named for named, _ in counted)
    gestures = [
        GestureAgreement(gesture=gesture, windows=windows[gesture], right=row[number], said=row)
        for number, (gesture, row) in enumerate(zip(answers, scores.confusion, strict=True))
        if windows[gesture]
    ]
    return Agreement(
        windows=len(counted),
        accuracy=scores.accuracy,
        macro_f1=scores.macro_f1,
        accepted=sum(said.accepted for _, said in counted) / len(counted),
        answers=answers,
        gestures=tuple(gestures),
        unknown=tuple(gesture for gesture in truth.gestures if gesture not in answers),
    )


def _named(predictions: Iterable[Prediction], window: int, truth: Truth) -> Iterator[tuple[str, Prediction]]:
    for prediction in predictions:
        named = truth.of(Span(prediction.index + 1 - window, prediction.index + 1))
        if named is not None:
            yield named, prediction


def _answer(prediction: Prediction) -> str:
    return REST if prediction.active is False else prediction.gesture
