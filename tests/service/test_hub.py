import asyncio
import threading
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from service.hub import BACKLOG, HISTORY, INBOX, Event, Follower, Hub, Item, Subscriber, Wish
from service.messages import Counters, GestureEvent, Latency, Prediction, Status, StreamState, Text

EVERYTHING = Wish()
COUNTERS = Counters(samples=0, lost=0, gaps=0, predictions=0, dropped=0)


def prediction(seq: int) -> Prediction:
    return Prediction(
        seq=seq,
        index=seq,
        device_s=0,
        arrived_ns=0,
        gesture="rest",
        confidence=1,
        probabilities=(1, 0),
        accepted=True,
        latency=Latency(signal_ms=0, wait_ms=0, compute_ms=0),
    )


def arrived(seq: int, arrived_ns: int) -> Prediction:
    return prediction(seq).model_copy(update={"arrived_ns": arrived_ns})


def status(state: StreamState) -> Status:
    return Status(state=state, message="", counters=COUNTERS)


def text(seq: int) -> Text:
    """It makes one symbol final."""
    return Text(
        seq=seq,
        index=seq,
        device_s=0,
        arrived_ns=0,
        stable=chr(ord("a") + seq % 26),
        tail=str(seq),
        settled=seq + 1,
        latency=Latency(signal_ms=0, wait_ms=0, compute_ms=0),
    )


def event(seq: int) -> GestureEvent:
    return GestureEvent(
        seq=seq,
        index=seq,
        device_s=0,
        arrived_ns=0,
        label="thumb_click",
        kind="tap",
        score=1,
        pressed=(),
        latency=Latency(signal_ms=0, wait_ms=0, compute_ms=0),
    )


def typed(frames: Sequence[Event]) -> str:
    return "".join(frame.stable for frame in frames if isinstance(frame, Text))


def offered(*frames: Event, wish: Wish = EVERYTHING) -> Subscriber:
    subscriber = Subscriber(wish, send=lambda _: False)
    for frame in frames:
        subscriber.offer(Item(frame))
    return subscriber


def waiting(subscriber: Subscriber) -> list[Event]:
    frames = []
    while (item := subscriber.pop()) is not None:
        frames.append(item.frame)
    return frames


def test_the_newest_predictions_win() -> None:
    subscriber = offered(*(prediction(seq) for seq in range(BACKLOG + 5)))
    assert subscriber.dropped == 5
    assert [frame.seq for frame in waiting(subscriber)] == list(range(5, BACKLOG + 5))


def test_a_status_outlives_predictions() -> None:
    subscriber = offered(status("live"), *(prediction(seq) for seq in range(BACKLOG + 5)))
    assert isinstance(waiting(subscriber)[0], Status)


def test_even_statuses_are_bounded() -> None:
    subscriber = offered(*[status("live")] * 100)
    assert subscriber.dropped == 100 - BACKLOG


def test_a_stream_that_comes_and_goes_is_bounded_too() -> None:
    subscriber = offered(*[status("live"), status("stalled")] * 100)
    assert subscriber.dropped == 200 - BACKLOG


@given(st.lists(st.sampled_from(["text", "live", "stalled"]), max_size=200))
def test_who_is_slow_loses_no_symbol_whatever_comes_between(kinds: list[str]) -> None:
    frames = [text(seq) if kind == "text" else status(kind) for seq, kind in enumerate(kinds)]
    found = waiting(offered(*frames))
    assert len(found) <= BACKLOG
    assert typed(found) == typed(frames)
    texts = [frame for frame in found if isinstance(frame, Text)]
    assert [frame.seq for frame in texts] == sorted(frame.seq for frame in texts)
    if texts:
        last = [frame for frame in frames if isinstance(frame, Text)][-1]
        assert (texts[-1].seq, texts[-1].tail, texts[-1].settled) == (last.seq, last.tail, last.settled)


def test_texts_that_are_joined_count_as_nothing_missed() -> None:
    subscriber = offered(*(text(seq) for seq in range(BACKLOG + 5)))
    assert subscriber.dropped == 0
    [first, *rest] = waiting(subscriber)
    assert first == text(5).model_copy(update={"stable": "abcdef"})
    assert rest == [text(seq) for seq in range(6, BACKLOG + 5)]


def test_events_of_the_past_go_as_predictions_do() -> None:
    subscriber = offered(*(event(seq) for seq in range(BACKLOG + 5)))
    assert [frame.seq for frame in waiting(subscriber)] == list(range(5, BACKLOG + 5))
    assert [frame.type for frame in waiting(offered(event(0), status("stalled")))] == ["status"]


def test_no_rate_holds_back_text_or_events() -> None:
    subscriber = offered(*(text(seq) for seq in range(4)), *(event(seq) for seq in range(4)), wish=Wish(rate_hz=1))
    assert len(waiting(subscriber)) == 8


async def test_a_loop_that_is_very_late_loses_no_symbol() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    sent: list[Event] = []
    with hub.subscribe(Wish(), lambda item: sent.append(item.frame) is None), hub.follow() as follower:
        for seq in range(3 * INBOX):
            hub.post(text(seq))
        assert hub.waiting == INBOX
        await follower.next()
    assert typed(sent) == typed([text(seq) for seq in range(3 * INBOX)])
    assert (hub.dropped, hub.next_seq) == (0, 3 * INBOX)
    assert [item.frame for item in hub.since(3 * INBOX - 3)] == [text(3 * INBOX - 2), text(3 * INBOX - 1)]


def test_silence_withdraws_predictions_that_still_wait() -> None:
    subscriber = offered(prediction(0), prediction(1), status("stalled"))
    assert [frame.type for frame in waiting(subscriber)] == ["status"]
    assert subscriber.dropped == 2


def test_the_end_withdraws_nothing() -> None:
    subscriber = offered(prediction(0), status("ended"))
    assert [frame.type for frame in waiting(subscriber)] == ["prediction", "status"]


def test_who_wants_fewer_gets_the_rate_asked_for_from_an_uneven_clock() -> None:
    period_ns = 25_000_000
    late_ns = (0, 2_000_000, -1_000_000)
    predictions = [arrived(seq, seq * period_ns + late_ns[seq % 3]) for seq in range(400)]  # ten seconds at 40 a second
    subscriber = Subscriber(Wish(rate_hz=10), send=lambda _: False)
    passed = []
    for frame in predictions:
        subscriber.offer(Item(frame))
        passed += [frame.seq for frame in waiting(subscriber)]
    assert len(passed) == 100
    assert {late - early for early, late in pairwise(passed)} <= {3, 4, 5}
    assert subscriber.dropped == 0


def test_a_rate_never_holds_back_a_status() -> None:
    subscriber = offered(arrived(0, 0), arrived(1, 1), status("stalled"), wish=Wish(rate_hz=1))
    assert [frame.type for frame in waiting(subscriber)] == ["status"]


def test_a_frame_is_made_once_for_each_form() -> None:
    made = []

    def raw() -> Prediction:
        made.append(1)
        return prediction(0).model_copy(update={"gesture": "left"})

    item = Item(prediction(0), raw)
    assert item.bytes(Wish()) is item.bytes(Wish(rate_hz=5))
    assert b"rest" in item.bytes(Wish())
    assert b"left" in item.bytes(Wish("raw"))
    assert b"left" in item.bytes(Wish("raw"))
    assert len(made) == 1


async def received(follower: Follower, count: int) -> list[Event]:
    return [await follower.next() for _ in range(count)]


async def test_one_slow_subscriber_costs_another_nothing() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    with hub.subscribe(Wish(), send=lambda _: False) as slow, hub.follow() as quick:
        for seq in range(3 * BACKLOG):
            hub.post(prediction(seq))
            assert (await received(quick, 1))[0].seq == seq
        assert slow.dropped == 2 * BACKLOG
    assert hub.dropped == 2 * BACKLOG  # remembered when they have left


async def test_history_is_short_and_begins_after_what_was_seen() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    with hub.follow() as follower:
        for seq in range(HISTORY + 10):
            hub.post(prediction(seq))
            await follower.next()
    assert hub.next_seq == HISTORY + 10
    assert [item.frame.seq for item in hub.since(HISTORY + 7)] == [HISTORY + 8, HISTORY + 9]
    assert len(hub.since(-1)) == HISTORY
    assert hub.since(HISTORY + 9) == []


async def test_frames_of_another_thread_arrive_in_order() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    with hub.follow() as follower:
        thread = threading.Thread(target=lambda: [hub.post(prediction(seq)) for seq in range(BACKLOG)])
        thread.start()
        assert [frame.seq for frame in await received(follower, BACKLOG)] == list(range(BACKLOG))
        thread.join()


async def test_a_late_loop_hands_out_the_newest_and_nothing_from_before_a_silence() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    sent: list[Event] = []
    with hub.subscribe(Wish(), lambda item: sent.append(item.frame) is None), hub.follow() as follower:
        for seq in range(3):
            hub.post(prediction(seq))
        hub.post(status("stalled"))
        hub.post(status("live"))
        for seq in range(3, 3 + 3 * BACKLOG):  # while the loop is busy
            hub.post(prediction(seq))
        await follower.next()
    assert [frame.state for frame in sent if isinstance(frame, Status)] == ["stalled", "live"]
    assert [frame.seq for frame in sent if isinstance(frame, Prediction)] == list(
        range(3 + 2 * BACKLOG, 3 + 3 * BACKLOG)
    )
    assert hub.dropped >= 3 + 2 * BACKLOG
    assert len(hub.since(-1)) == 3 + 3 * BACKLOG
