"""What an experiment leaves behind: JSON with everything, Markdown tables, and a figure with bootstrap intervals."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from html import escape
from pathlib import Path
from typing import Final

from models.experiments.experiment import FoldResult
from models.experiments.statistics import Notes, Summary, notes_of, summarise

WIDTH, HEIGHT, MARGIN, LEGEND, LINE = 420, 300, 46, 250, 15
"""Pixels of a panel, of the room for its axes, of the legend beside it and of one line of text."""
COLOURS: Final = ("#1b6ca8", "#d1495b", "#3a7d44", "#8c5e9e", "#e08e0b", "#4d5359", "#17a2a2", "#a0522d")


def write_report(name: str, question: str, results: Sequence[FoldResult], out: Path) -> list[Summary]:
    """Write ``NAME.json``, ``NAME.md`` and ``NAME.svg`` into ``out``; returns the summaries, for the table."""
    summaries = summarise(score for result in results for score in result.scores)
    out.mkdir(parents=True, exist_ok=True)
    story = {
        "experiment": name,
        "question": question,
        "commits": sorted({result.commit for result in results}),
        "core_seconds": sum(result.seconds for result in results),
        "summaries": [asdict(summary) for summary in summaries],
        "notes": [asdict(notes) for notes in notes_of(results)],
        "folds": [asdict(result) for result in results],
    }
    (out / f"{name}.json").write_text(json.dumps(story, indent=1) + "\n")
    (out / f"{name}.svg").write_text(figure(question, summaries))
    (out / f"{name}.md").write_text(markdown(name, question, results, summaries))
    return summaries


def markdown(name: str, question: str, results: Sequence[FoldResult], summaries: Sequence[Summary]) -> str:
    """Every score as a line of a table, and what it cost."""
    commits = ", ".join(sorted({result.commit for result in results}))
    minutes = sum(result.seconds for result in results) / 60
    seeds = len({result.fold.seed for result in results})
    tables = dict.fromkeys(summary.table for summary in summaries)
    lines = [
        f"# {name}",
        question,
        f"{len(results)} folds, {seeds} seed{'s' * (seeds > 1)}, commit {commits}, {minutes:.0f} minutes of one core "
        "while they were computed. F1 is macro-F1 window by window, mean over subjects; spread is the standard "
        "deviation, the interval a 95 % bootstrap over subjects; last 5 averages log-probabilities over 5 windows. CER "
        "is the character error rate; in its tables accuracy is the share of keys that were not taken for others.",
        *(_table(table, [s for s in summaries if s.table == table]) for table in tables),
        *_notes(notes_of(results)),
    ]
    return "\n\n".join(lines) + "\n"


def _table(table: str, summaries: Sequence[Summary]) -> str:
    head = ("arm", "condition", summaries[0].measure, "spread", "95 %", "worst", "last 5", "accuracy", "seeds", "fit")
    return f"## {table}\n\n" + _lines(head, [_row(summary) for summary in summaries])


def _lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _row(s: Summary) -> tuple[str, ...]:
    worst = f"{s.worst} {s.subjects[s.worst]:.3f}"
    scores = (f"{s.mean:.3f}", f"{s.spread:.3f}", between(s.interval), worst, f"{s.smoothed:.3f}", f"{s.accuracy:.3f}")
    return s.arm, s.condition, *scores, str(s.seeds), f"{s.fit_s:.2f} s"


def between(interval: tuple[float, float]) -> str:
    """In words that differences, which may be below 0, can be read in too."""
    return ("{:.3f} to {:.3f}" if interval[0] < 0 else "{:.3f}-{:.3f}").format(*interval)


def note_rows(notes: Sequence[Notes]) -> list[tuple[str, ...]]:
    """The figures that belong to no subject, as a table, its head first: down goes what there is more of."""
    names = list(dict.fromkeys(name for note in notes for name in note.values))
    lines = [("", *names)]
    for note in notes:
        values = (f"{note.values[name]:.4g}" if name in note.values else "" for name in names)
        lines.append((f"{note.folds or 'all folds'} ({note.count})", *values))
    return lines if len(names) <= len(notes) else list(zip(*lines, strict=True))


def _notes(notes: Sequence[Notes]) -> list[str]:
    if not notes:
        return []
    head, *rows = note_rows(notes)
    return ["## Notes, with the number of folds\n\n" + _lines(head, rows)]


def figure(question: str, summaries: Sequence[Summary]) -> str:
    """One panel per table: macro-F1 by condition, a line per arm."""
    tables = list(dict.fromkeys(summary.table for summary in summaries))
    panels = [
        _panel(table, [s for s in summaries if s.table == table], number * (HEIGHT + 2 * MARGIN) + 2 * LINE)
        for number, table in enumerate(tables)
    ]
    size = f'width="{WIDTH + LEGEND + 2 * MARGIN}" height="{len(tables) * (HEIGHT + 2 * MARGIN) + 2 * LINE}"'
    title = _text(MARGIN, LINE + 4, question)
    style = 'font-family="sans-serif" font-size="11"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{title}\n{"".join(panels)}</svg>\n'


def _panel(table: str, summaries: Sequence[Summary], top: int) -> str:
    conditions = list(dict.fromkeys(summary.condition for summary in summaries))
    arms = list(dict.fromkeys(summary.arm for summary in summaries))
    low = min(summary.interval[0] for summary in summaries) // 0.1 / 10  # below 0 where differences are shown
    lines = [_axes(table, conditions, low)]
    for number, arm in enumerate(arms):
        points = [(_x(conditions.index(s.condition), conditions), s) for s in summaries if s.arm == arm]
        lines.append(_curve(arm, points, low, number))
    return f'<g transform="translate({MARGIN} {top + MARGIN})">\n{"".join(lines)}</g>\n'


def _axes(table: str, conditions: Sequence[str], low: float) -> str:
    step = 0.1 if low < 0.6 else 0.05
    ticks = [1 - step * number for number in range(int((1 - low) / step + 1.001))]
    grid = "".join(
        f'<line x1="0" x2="{WIDTH}" y1="{_y(t, low):.1f}" y2="{_y(t, low):.1f}" stroke="#ddd"/>\n'
        + _text(-34, _y(t, low) + 4, f"{t:.2f}")
        for t in ticks
    )
    names = "".join(_text(_x(at, conditions) - 14, HEIGHT + LINE, name) for at, name in enumerate(conditions))
    return grid + names + _text(0, -LINE / 2, f"{table}: mean over subjects, 95 % interval")


def _curve(arm: str, points: Sequence[tuple[float, Summary]], low: float, number: int) -> str:
    colour, shift = COLOURS[number % len(COLOURS)], 3 * number
    path = " ".join(f"{x + shift:.1f},{_y(s.mean, low):.1f}" for x, s in points)
    bars = "".join(
        f'<line x1="{x + shift:.1f}" x2="{x + shift:.1f}" y1="{_y(s.interval[0], low):.1f}" '
        f'y2="{_y(s.interval[1], low):.1f}" stroke="{colour}" stroke-opacity="0.4"/>\n'
        f'<circle cx="{x + shift:.1f}" cy="{_y(s.mean, low):.1f}" r="3" fill="{colour}"/>\n'
        for x, s in points
    )
    line = f'<polyline points="{path}" fill="none" stroke="{colour}"/>\n'
    return line + bars + _text(WIDTH + 30, LINE * (number + 1), arm, colour)


def _x(at: int, conditions: Sequence[str]) -> float:
    return WIDTH * (at + 0.5) / len(conditions)


def _y(value: float, low: float) -> float:
    return HEIGHT * (1 - value) / (1 - low)


def _text(x: float, y: float, text: str, colour: str = "#222") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}" fill="{colour}">{escape(text)}</text>\n'
