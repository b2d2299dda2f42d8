import asyncio
import threading

from service.hub import BACKLOG, Hub, Subscriber
from service.messages import Counters, Latency, Prediction, Status, StreamState

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


def status(state: StreamState) -> Status:
    return Status(state=state, message="", counters=COUNTERS)


def offered(*frames: Prediction | Status) -> Subscriber:
    subscriber = Subscriber()
    for frame in frames:
        subscriber.offer(frame, frame.model_dump_json())
    return subscriber


async def waiting(subscriber: Subscriber, count: int) -> list[Prediction | Status]:
    return [(await subscriber.next())[0] for _ in range(count)]


async def test_the_newest_predictions_win() -> None:
    subscriber = offered(*(prediction(seq) for seq in range(BACKLOG + 5)))
    assert subscriber.dropped == 5
    assert [frame.seq for frame in await waiting(subscriber, BACKLOG)] == list(range(5, BACKLOG + 5))


async def test_a_status_outlives_predictions() -> None:
    subscriber = offered(status("live"), *(prediction(seq) for seq in range(BACKLOG + 5)))
    assert isinstance((await waiting(subscriber, 1))[0], Status)


async def test_even_statuses_are_bounded() -> None:
    subscriber = offered(*[status("live")] * 100)
    assert subscriber.dropped == 100 - BACKLOG


async def test_a_stream_that_comes_and_goes_is_bounded_too() -> None:
    subscriber = offered(*[status("live"), status("stalled")] * 100)
    assert subscriber.dropped == 200 - BACKLOG


async def test_silence_withdraws_predictions_that_still_wait() -> None:
    subscriber = offered(prediction(0), prediction(1), status("stalled"))
    assert [frame.type for frame in await waiting(subscriber, 1)] == ["status"]
    assert subscriber.dropped == 2


async def test_the_end_withdraws_nothing() -> None:
    subscriber = offered(prediction(0), status("ended"))
    assert [frame.type for frame in await waiting(subscriber, 2)] == ["prediction", "status"]


async def test_one_slow_subscriber_costs_another_nothing() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    with hub.subscribe() as slow, hub.subscribe() as quick:
        for seq in range(3 * BACKLOG):
            hub.post(prediction(seq))
            assert (await waiting(quick, 1))[0].seq == seq
        assert quick.dropped == 0
        assert slow.dropped == 2 * BACKLOG
    assert hub.dropped == 2 * BACKLOG  # remembered when they have left


async def test_frames_of_another_thread_arrive_in_order() -> None:
    hub = Hub()
    hub.attach(asyncio.get_running_loop())
    with hub.subscribe() as subscriber:
        thread = threading.Thread(target=lambda: [hub.post(prediction(seq)) for seq in range(BACKLOG)])
        thread.start()
        assert [frame.seq for frame in await waiting(subscriber, BACKLOG)] == list(range(BACKLOG))
        thread.join()
