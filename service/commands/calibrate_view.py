"""What the terminal shows of a calibration: a picture for people who look at it, lines for a pipe."""

import sys
import time
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from calibration.plan import Kind
from calibration.prompts import Phase
from calibration.report import Estimate, Report, Scores
from calibration.sequence_report import AnyReport, SequenceReport
from service.calibrations.messages import (
    Aborted,
    Accepted,
    CalibrationInfo,
    Fitting,
    Paused,
    PlanInfo,
    PromptFrame,
    QualityFrame,
    Refused,
    ReportReady,
    Skipped,
    TrialInfo,
    TrialKept,
    Trouble,
)

COLOURS: Final[dict[Phase, str]] = {
    "check": "cyan", "prepare": "yellow", "hold": "green", "rest": "blue", "paused": "magenta",
    "finished": "blue", "aborted": "red",
}  # fmt: skip
AWAY: Final = "the service does not answer: waiting for it; Ctrl-C leaves, nothing is lost"
LEVELS: Final = {"good": "green", "fair": "yellow", "bad": "red"}
KEYS: Final[dict[Kind, str]] = {
    "gestures": "p pause or go on   r redo   s skip   q abort   Ctrl-C leave, to be resumed",
    "text": "Enter done   Tab pause, then p go on   r redo   s skip   q abort   Ctrl-C leave, to be resumed",
    "events": "p pause or go on   d done   r redo   s skip   q abort   Ctrl-C leave, to be resumed",
}
"""By what is asked."""
DOUBTFUL: Final = "; doubtful: "
BAR: Final = 50
"""Characters of a bar that is full."""


def plan_text(info: CalibrationInfo) -> str:
    """What is asked, and how long it takes."""
    plan = info.plan
    trials = plan.repetitions * (1 + len(plan.positions)) * len(plan.gestures)
    positions = f", arm also {', '.join(plan.positions)}" if plan.positions else ""
    what = f"{', '.join(map(spoken, plan.gestures))}: {trials} trials of {plan.hold_s:g} s{positions}"
    return f"calibration of {info.user} on stream {info.stream}, {what}; {_duration(plan)}"


def _duration(plan: PlanInfo) -> str:
    minutes, seconds = divmod(round(plan.duration_s), 60)
    return f"about {minutes} min {seconds} s" if minutes else f"about {seconds} s"


def spoken(gesture: str) -> str:
    """As a person says it; a sentence stays as it is to be typed."""
    return gesture.replace("_", " ") if gesture.isidentifier() else gesture


def trial_text(trial: TrialInfo) -> str:
    """As a person says it."""
    position = f", arm {trial.position}" if trial.position else ""
    return f"{spoken(trial.gesture)}{position} (trial {trial.repetition})"


def event_text(frame: BaseModel) -> str | None:
    """What happened, in a line; ``None`` where it is nothing to be told."""
    match frame:
        case TrialKept():
            doubt = f"{DOUBTFUL}{'; '.join(frame.reasons)} (Tab, then r)" if frame.reasons else ""
            return f"kept: {trial_text(frame.trial)}{doubt}"
        case Refused():
            what = trial_text(frame.trial) if frame.trial else "the check of the signal"
            return f"again: {what}: {frame.reason}{'; s skips it' if frame.offer_skip else ''}"
        case Skipped():
            return f"skipped: {trial_text(frame.trial)}"
        case Paused():
            return f"paused: {frame.reason}"
        case Fitting():
            return "fitting the head"
        case Accepted():
            return f"accepted: version {frame.version} is in use now"
        case Aborted():
            return "aborted; the trials stay stored until the user is deleted"
        case Trouble():
            return frame.message
        case Away():
            return AWAY
        case _:
            return None


def report_table(report: Report) -> Table:
    """How well each gesture is recognised, by this head and by others, on trials that it had not learned from."""
    columns = {"new head": report.after, "before": report.previous, "everybody's": report.population, "LDA": report.lda}
    known = {name: scores for name, scores in columns.items() if scores is not None}
    title = "recall on trials left out, with 95 % interval" + ("; simulated: no person is measured" * report.simulated)
    table = Table(title=title, title_justify="left", min_width=50)
    for name in ("gesture", "trials", *known):
        table.add_column(name, justify="left" if name == "gesture" else "right", no_wrap=True)
    for k, gesture in enumerate(report.gestures):
        shares = [_share(scores.recall[k], name == "new head") for name, scores in known.items()]
        table.add_row(spoken(gesture.label), str(gesture.trials), *shares)
    table.add_section()
    for name, values in _means(known).items() if known else ():
        table.add_row(name, "", *(_share(value, True) for value in values), style="bold")
    return table


def sequence_table(report: SequenceReport) -> Table:
    """Errors before and after, of a layer of text or events."""
    columns = {"new layer": report.after, "before": report.previous, "everybody's": report.everybodys}
    known = {name: errors for name, errors in columns.items() if errors is not None}
    told = "character error rate" if report.kind == "text" else "events missed or mistaken"
    simulated = "; simulated: no person is measured" * report.simulated
    title = f"{report.keys} {'keys' if report.kind == 'text' else 'events'}, {report.seconds:.0f} s{simulated}"
    table = Table("", *known, title=title, title_justify="left", min_width=50)
    table.add_row(told, *(_share(errors.wrong, True) for errors in known.values()), style="bold")
    for part in report.everybodys.parts:
        table.add_row(part.replace("_", " "), *(_part(errors.parts[part]) for errors in known.values()))
    return table


def any_table(report: AnyReport) -> Table:
    """How good a head or a layer is."""
    return sequence_table(report) if isinstance(report, SequenceReport) else report_table(report)


def _part(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"


def _means(known: dict[str, Scores]) -> dict[str, list[Estimate | None]]:
    """F1 of each head; gestures of before and of today apart where there are both."""
    means: dict[str, list[Estimate | None]] = {"F1": [scores.macro_f1 for scores in known.values()]}
    if any(scores.new for scores in known.values()):
        means["F1, earlier gestures"] = [scores.old for scores in known.values()]
        means["F1, new gestures"] = [scores.new for scores in known.values()]
    return means


def _share(estimate: Estimate | None, interval: bool) -> str:
    if estimate is None:
        return "-"
    if not interval or estimate.low is None or estimate.high is None:
        return f"{estimate.value:.0%}"
    return f"{estimate.value:.0%} ({100 * estimate.low:.0f}-{100 * estimate.high:.0f})"


class Away(BaseModel):
    """The service does not answer any more; it is waited for. Not on the wire."""


class Picture:
    """The whole screen: fed with frames, rendered when asked."""

    def __init__(self) -> None:
        self.phase: Phase | None = None
        self._plan = ""
        self._kind: Kind = "gestures"
        self._prompt: PromptFrame | None = None
        self._prompted_s = self._phase_s = 0.0
        self._quality: QualityFrame | None = None
        self._report: AnyReport | None = None
        self._fitting = False
        self._said: list[str] = []
        self._question = ""

    def take(self, frame: BaseModel) -> None:
        """Remember what a frame changes."""
        match frame:
            case CalibrationInfo():
                self._take_info(frame)
            case PromptFrame():
                self._take_prompt(frame)
            case QualityFrame():
                self._quality = frame
            case ReportReady():
                self._report, self._fitting = frame.report, False
            case Fitting():
                self._fitting = True
            case Away():  # over a dead stream nothing is asked
                self._prompt = self._quality = self._report = None
                self._fitting = False
            case _:
                self._fitting = self._fitting and not isinstance(frame, Trouble)
        if text := event_text(frame):
            self.say(text)

    def say(self, text: str) -> None:
        """A line below the prompt; the last ones stay."""
        self._said = [*self._said[-3:], text]

    def ask(self, question: str) -> None:
        """A question that waits for a key; an empty one is over."""
        self._question = question

    def _take_info(self, info: CalibrationInfo) -> None:
        self._plan, self._kind = plan_text(info), info.plan.kind
        self._report = info.report.report if info.report else None
        if info.prompt is not None:
            self._take_prompt(info.prompt)

    def _take_prompt(self, prompt: PromptFrame) -> None:
        if prompt.phase not in ("finished", "paused"):  # more trials: the report is of before
            self._report = None
        if prompt.phase != self.phase or prompt.remaining_s > self._phase_s:
            self._phase_s = prompt.remaining_s
        self._prompt, self.phase, self._prompted_s = prompt, prompt.phase, time.monotonic()

    def render(self) -> RenderableType:
        """The whole picture."""
        return Group(Text(self._plan, style="dim"), *self._middle(), *self._foot())

    def _middle(self) -> Iterator[RenderableType]:
        if self._report is not None:
            yield any_table(self._report)
            yield Text(self._report.recommendation.text, style="bold")
        elif self._fitting:
            yield Panel(Text("\nRelax. The head is being fitted.\n", justify="center"), style="blue")
        elif self._prompt is not None:
            yield _panel(self._prompt, self._kind)
            yield self._bar(self._prompt)
            yield from self._channels()
        else:
            yield Panel(Text("\nR E L A X\n", justify="center"), style="magenta")

    def _bar(self, prompt: PromptFrame) -> Table:
        """Between two frames it goes on by itself, but never past the next second: the stream may have stopped."""
        passed_s = min(time.monotonic() - self._prompted_s, 1.0)
        left_s = max(prompt.remaining_s - passed_s, 0.0)
        table = Table.grid(padding=(0, 1))
        trial = f"  trial {prompt.number} of {prompt.total}"
        if self._phase_s:
            table.add_row(trial, ProgressBar(total=self._phase_s, completed=left_s, width=BAR), f"{left_s:.1f} s")
        else:
            table.add_row(trial)
        return table

    def _channels(self) -> Iterator[RenderableType]:
        if self._quality is None:
            return
        line = Text("  signal: ")
        for number, channel in enumerate(self._quality.channels, 1):
            line.append(f"{number} {channel.level} {channel.rms_uv:.0f} uV   ", style=LEVELS[channel.level])
        yield line
        for reason in self._quality.reasons:
            yield Text(f"  {reason}", style="yellow")

    def _foot(self) -> Iterator[RenderableType]:
        for line in self._said:
            yield Text(f"  {line}", style="yellow" if line.startswith("again") or DOUBTFUL in line else "dim")
        yield Text(f"\n{self._question or KEYS[self._kind]}", style="bold" if self._question else "dim")


def _panel(prompt: PromptFrame, kind: Kind) -> Panel:
    colour = COLOURS[prompt.phase]
    big = {"check": "keep still", "prepare": "get ready", "rest": "relax"}.get(prompt.phase, prompt.phase)
    big = " ".join(big.upper())
    if prompt.phase == "hold" and prompt.trial is not None:
        asked = prompt.trial.gesture
        big = asked if kind == "text" else " ".join(spoken(asked).upper())  # a sentence as it is to be typed
    words = Text(f"\n{big}\n", style=f"bold {colour}", justify="center")
    words.append(f"\n{prompt.text}\n", style="not bold")
    if prompt.phase == "rest" and prompt.trial is not None:
        words.append(f"next: {trial_text(prompt.trial)}\n", style="not bold")
    return Panel(words, border_style=colour)


class Lines:
    """One line for each event, for a pipe or a log."""

    def __init__(self) -> None:
        self.phase: Phase | None = None
        self._trial: TrialInfo | None = None
        self._reasons: tuple[str, ...] = ()

    def take(self, frame: BaseModel) -> None:
        """Print what it tells, if anything."""
        match frame:
            case CalibrationInfo():
                self.say(plan_text(frame))
                self._begin(frame.prompt)
            case PromptFrame():
                self._begin(frame)
            case QualityFrame() if frame.reasons != self._reasons:
                self._reasons = frame.reasons
                self.say(f"signal: {'; '.join(frame.reasons) or 'good'}")
            case _:
                if text := event_text(frame):
                    self.say(text)

    def _begin(self, prompt: PromptFrame | None) -> None:
        """A phase is told once, not each of its seconds."""
        if prompt is not None and (prompt.phase, prompt.trial) != (self.phase, self._trial):
            self.phase, self._trial = prompt.phase, prompt.trial
            self.say(f"{prompt.number} of {prompt.total}: {prompt.text}")

    def say(self, text: str) -> None:
        """Print a line."""
        sys.stdout.write(text + "\n")
        sys.stdout.flush()

    def ask(self, question: str) -> None:
        """Nobody is there to be asked."""
