import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.causes import Cause
from calibration.errors import CalibrationError, PlanInvalid
from calibration.plan import CHECK_S, Plan
from calibration.prompts import CheckDone, CheckRefused, Event, Finished, Paused, Prompt, TrialDone, TrialRefused
from calibration.protocol import RESTARTED, Session

PLAN = Plan(("fist", "open"), repetitions=2, hold_s=2.5, rest_s=1, prepare_s=0.5)
FIRST_HOLD_S = CHECK_S + PLAN.prepare_s
LIMP = Cause("no_contraction", "no contraction", seconds=1.5)
LOOSE = Cause("loose", "channel 2 is loose: press the electrode", (1,), "bad")
HUM = Cause("hum", "channel 1 hums", (0,), "fair", hz=50)


def run(session: Session, times: Iterable[float], refuse: Iterable[int] = ()) -> list[Event]:
    """Everything that is said; verdicts come at once, the trials counted in ``refuse`` are refused."""
    events: list[Event] = []
    trials = 0
    for time_s in times:
        for event in session.advance(time_s):
            events.append(event)
            if isinstance(event, TrialDone) and (trials := trials + 1) in refuse:
                events += session.refuse(LIMP)
            elif isinstance(event, TrialDone | CheckDone):
                events += session.keep()
    return events


def told(events: list[Event]) -> list[tuple[float, str, str]]:
    prompts = [event for event in events if isinstance(event, Prompt)]
    return [(prompt.at_s, prompt.phase, prompt.trial.gesture if prompt.trial else "") for prompt in prompts]


def holding(plan: Plan = PLAN) -> Session:
    session = Session(plan)
    run(session, [FIRST_HOLD_S + 1])
    assert session.phase == "hold"
    return session


def test_a_phase_ends_with_the_sample_that_completes_it() -> None:
    """Whatever sums of seconds are worth: 7.501 + 0.5 is more than 8.001 in binary."""
    session = Session(PLAN, start_s=4.501)
    run(session, [7.501, 8.001])
    assert session.phase == "hold"


def test_the_whole_way() -> None:
    events = run(Session(PLAN), [100])
    starts = [prompt for i, prompt in enumerate(told(events)) if i == 0 or prompt[1] != told(events)[i - 1][1]]
    assert starts[:5] == [
        (0, "check", "fist"),
        (3, "prepare", "fist"),
        (3.5, "hold", "fist"),
        (6, "rest", "fist"),
        (7, "prepare", "open"),
    ]
    done = [event.trial for event in events if isinstance(event, TrialDone)]
    assert tuple(done) == PLAN.trials
    assert Finished(PLAN.duration_s) in events


def test_whole_seconds_are_counted_down() -> None:
    events = run(Session(PLAN), [6])
    assert [e.remaining_s for e in events if isinstance(e, Prompt) and e.phase == "hold"] == [2.5, 2, 1]


@given(st.lists(st.floats(0, 5), max_size=60), st.sets(st.integers(1, 5)))
def test_steps_of_time_change_no_prompt(steps: list[float], refuse: set[int]) -> None:
    times = [sum(steps[: i + 1]) for i in range(len(steps))]
    assert run(Session(PLAN), [*times, 400], refuse) == run(Session(PLAN), [400], refuse)


def test_without_new_samples_no_prompt_goes_on() -> None:
    session = holding()
    prompt = session.prompt
    assert run(session, [FIRST_HOLD_S + 1] * 50) == []
    assert session.prompt == prompt


def test_time_never_goes_back() -> None:
    with pytest.raises(CalibrationError, match="back"):
        list(holding().advance(1))


def test_a_refused_trial_is_asked_again_and_after_three_times_may_be_skipped() -> None:
    session = Session(PLAN)
    events = run(session, [100], refuse={1, 2, 3})
    refusals = [event for event in events if isinstance(event, TrialRefused)]
    assert [event.offer_skip for event in refusals] == [False, False, True]
    assert session.progress.kept == PLAN.trials


def test_a_bad_signal_is_checked_again() -> None:
    session = Session(PLAN)
    list(session.advance(CHECK_S))
    refused, prompt = session.refuse(LOOSE, HUM)
    assert refused == CheckRefused(CHECK_S, (LOOSE, HUM))
    assert refused.reason == "channel 2 is loose: press the electrode; channel 1 hums"
    assert isinstance(prompt, Prompt)
    assert (prompt.phase, prompt.remaining_s) == ("check", CHECK_S)


def test_nothing_further_is_asked_before_the_verdict_and_a_late_one_leaves_no_prompt_in_the_past() -> None:
    session = holding()
    assert any(isinstance(event, TrialDone) for event in session.advance(6.5))
    assert list(session.advance(20)) == []
    session.keep()
    assert told(list(session.advance(20))) == [(20, "prepare", "open")]


@pytest.mark.parametrize("how", ["pause", "stalled", "lost"])
def test_a_break_in_a_hold_costs_the_half_trial_only(how: str) -> None:
    session = holding()
    why = Cause("silent", "why")
    half, paused, _ = getattr(session, how)(why)
    assert isinstance(half, TrialRefused)
    assert half.causes == (Cause("interrupted", "paused: why"),)
    assert paused == Paused(FIRST_HOLD_S + 1, why)
    assert session.paused_by == why
    assert run(session, [60]) == []
    session.resume()
    assert session.paused_by is None
    assert session.phase == ("check" if how == "lost" else "prepare")
    run(session, [200])
    assert session.progress.kept == PLAN.trials


def test_a_verdict_may_come_during_a_pause() -> None:
    session = holding()
    assert any(isinstance(event, TrialDone) for event in session.advance(6.5))
    session.lost()
    session.keep()
    session.resume()
    assert session.phase == "check"
    assert len(session.progress.kept) == 1


def test_redo_takes_the_trial_that_is_held() -> None:
    session = holding()
    refused, _ = session.redo()
    assert isinstance(refused, TrialRefused)
    assert session.phase == "prepare"
    run(session, [100])
    assert session.progress.kept == PLAN.trials


def test_redo_between_holds_takes_the_last_one() -> None:
    session = Session(PLAN)
    run(session, [7.2])  # preparing the second trial
    session.redo()
    assert session.progress.ahead == PLAN.trials
    assert session.prompt.trial == PLAN.trials[0]


def test_redo_of_nothing_changes_nothing() -> None:
    with pytest.raises(CalibrationError, match="go on"):
        Session(PLAN).redo()


def test_skip_does_without_the_trial() -> None:
    session = holding()
    session.skip()
    events = run(session, [100])
    assert session.progress.skipped == PLAN.trials[:1]
    assert session.progress.kept == PLAN.trials[1:]
    assert any(isinstance(event, Finished) for event in events)
    with pytest.raises(CalibrationError, match="extend"):
        session.skip()


def test_abort_keeps_what_is_kept_and_asks_nothing_more() -> None:
    session = Session(PLAN)
    run(session, [7.2])
    session.abort()
    assert run(session, [100]) == []
    assert session.progress.kept == PLAN.trials[:1]
    with pytest.raises(CalibrationError, match="aborted"):
        session.extend(["fist"])


def test_one_more_trial_after_the_end() -> None:
    session = Session(PLAN)
    run(session, [100])
    session.extend(["open", "open"])
    assert session.phase == "prepare"
    run(session, [200])
    assert [(trial.gesture, trial.repetition) for trial in session.progress.kept[4:]] == [("open", 3)]
    with pytest.raises(PlanInvalid, match="choose from fist, open"):
        session.extend(["point"])


@given(st.floats(0, 30))
def test_after_a_restart_only_the_half_trial_is_lost(stop_s: float) -> None:
    session = Session(PLAN)
    run(session, [stop_s])
    restored = Session.restore(PLAN, json.loads(json.dumps(session.snapshot())), start_s=1000)
    assert restored.progress == session.progress
    assert restored.paused_by == (RESTARTED if session.progress.ahead else None)
    restored.resume()
    events = run(restored, [2000])
    assert restored.progress.kept == PLAN.trials
    assert sum(isinstance(event, TrialDone) for event in events) == len(session.progress.ahead)


@pytest.mark.parametrize("snapshot", [{"kept": 3}, {}, Session(Plan(("point",))).snapshot()])
def test_a_strange_snapshot_is_refused(snapshot: dict[str, object]) -> None:
    with pytest.raises(PlanInvalid, match="anew"):
        Session.restore(PLAN, snapshot)


COMMANDS = ("pause", "resume", "redo", "skip", "stalled", "lost", "keep")


@given(st.lists(st.tuples(st.floats(0, 4), st.sampled_from(COMMANDS)), max_size=40))
def test_no_sequence_of_commands_loses_a_trial(steps: list[tuple[float, str]]) -> None:
    session = Session(PLAN)
    now = 0.0
    for step_s, command in steps:
        now += step_s
        list(session.advance(now))
        before = session.progress
        try:
            getattr(session, command)()
        except CalibrationError:
            assert session.progress == before
        progress = session.progress
        assert sorted(map(str, progress.kept + progress.skipped + progress.ahead)) == sorted(map(str, PLAN.trials))
    session.resume()
    for second in range(100):  # however the commands left it, verdicts alone bring it to its end
        list(session.advance(now + second))
        try:
            session.keep()
        except CalibrationError:
            continue
    assert session.phase == "finished"


def test_who_is_through_with_a_sentence_ends_its_hold() -> None:
    session = Session(Plan(("hello",), 1, hold_s=15, rest_s=1, prepare_s=0.5, kind="text"))
    run(session, [FIRST_HOLD_S - 0.1])
    with pytest.raises(CalibrationError, match="nothing is asked now"):
        session.done()
    run(session, [FIRST_HOLD_S + 4])
    rest, done = session.done()
    assert isinstance(rest, Prompt)
    assert isinstance(done, TrialDone)
    assert (rest.phase, done.start_s, done.stop_s) == ("rest", FIRST_HOLD_S, FIRST_HOLD_S + 4)
    assert isinstance(session.keep()[0], Finished)


def test_a_gesture_is_held_to_its_end() -> None:
    session = holding()
    with pytest.raises(CalibrationError, match="held until its time is up"):
        session.done()
    assert session.phase == "hold"
