"""One who looks at a stream never holds it up."""

import asyncio
from itertools import pairwise

import numpy as np
import pytest

from drivers.source import Chunk
from models.pipeline.decision import Decision
from models.pipeline.recognizer import Prediction
from models.spec import FilterSpec
from service import screen as module
from service.envelope import Envelope, Layout
from service.screen import Basket, Screen

RATE_HZ = 1000.0
ANSWER = Prediction(0, "fist", 1.0, (1.0,), accepted=True, raw=Decision(0, (1.0,), accepted=True))


def chunk(first: int, samples: np.ndarray) -> Chunk:
    return Chunk(first, samples, arrived_ns=0, device_s=first / RATE_HZ)


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 30, (samples, 2)).astype(np.float32)


def screen() -> Screen:
    return Screen(Layout(RATE_HZ, 2, column=10, columns=5), FilterSpec())


def test_a_full_basket_loses_the_oldest() -> None:
    basket = Basket(most=100)
    for first in range(0, 500, 50):
        basket.put(chunk(first, noise(50)))
    assert [kept.first for kept in basket.empty()] == [400, 450]
    assert basket.empty() == []


def test_one_chunk_is_kept_however_long() -> None:
    basket = Basket(most=100)
    basket.put(chunk(0, noise(500)))
    assert [len(kept.samples) for kept in basket.empty()] == [500]


async def test_blocks_come_once_each_is_whole() -> None:
    looker = screen()
    looker.take(chunk(0, noise(49)), ())
    assert list(looker.blocks()) == []
    looker.take(chunk(49, noise(1)), ())
    assert [block.first for block in looker.blocks()] == [0]


async def test_electrodes_are_judged_on_the_signal_as_it_came() -> None:
    looker = screen()
    samples = noise(1000)
    samples[:, 1] = 7  # behind the filter, a channel that shows nothing would look like one at rest
    looker.take(chunk(0, samples), ())
    assert len(list(looker.blocks())) == 20
    quality = await looker.quality()
    assert quality is not None
    assert [channel.level for channel in quality.channels] == ["good", "bad"]
    assert await looker.quality() is None


async def test_many_electrodes_are_judged_half_as_often() -> None:
    judged = []
    for channels in (31, 32):
        looker = Screen(Layout(RATE_HZ, channels, column=10, columns=5), FilterSpec())
        samples = np.random.default_rng(5).normal(0, 30, (1000, channels)).astype(np.float32)
        for first in (0, 500, 1000, 1500):
            looker.take(chunk(first, samples[:500]), ())
            list(looker.blocks())
            judged.append((channels, first, await looker.quality() is not None))
    assert [(channels, first) for channels, first, known in judged if known] == [
        *((31, first) for first in (500, 1000, 1500)),
        *((32, first) for first in (500, 1500)),
    ]


async def test_blocks_are_announced_however_the_samples_are_cut() -> None:
    looker, samples = screen(), noise(500)
    seen: list[int] = []
    for first, end in pairwise((0, 20, 80, 81, 99, 260, 300, 301, 450, 500)):
        looker.take(chunk(first, samples[first:end]), ())
        if end // 50 > first // 50:
            await looker.block()
            seen += [block.first for block in looker.blocks()]
            assert seen == list(range(0, end // 50 * 50, 50))


async def test_chunks_that_are_looked_at_together_keep_their_gaps() -> None:
    looker, samples = screen(), noise(400)
    envelope = Envelope(looker.layout, FilterSpec())
    expected: list[bytes] = []
    for first in (0, 10, 20, 30, 40, 70, 80, 90, 100, 110, 120, 300):
        looker.take(chunk(first, samples[first : first + 10]), ())
        expected += [block.bytes(10) for block in envelope.feed(samples[first : first + 10], first)]
    assert [block.bytes(10) for block in looker.blocks()] == expected
    assert len(expected) == 2


async def test_electrodes_are_judged_when_the_stream_has_just_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LULL_S", 3600)  # nor later
    looker = screen()
    looker.take(chunk(0, noise(1000)), [ANSWER])  # of before: nobody knows how long ago
    assert len(list(looker.blocks())) == 20
    judging = asyncio.create_task(looker.quality())
    await asyncio.sleep(0)  # it listens
    looker.take(chunk(1000, noise(10)), ())
    await asyncio.wait((judging,), timeout=0.1)
    assert not judging.done()
    looker.take(chunk(1010, noise(10)), [ANSWER])
    assert await judging is not None


async def test_electrodes_are_judged_without_answers_too() -> None:
    looker = screen()
    looker.take(chunk(0, noise(1000)), ())
    assert len(list(looker.blocks())) == 20
    assert await looker.quality() is not None
