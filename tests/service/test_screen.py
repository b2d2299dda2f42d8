"""One who looks at a stream never holds it up."""

import asyncio

import numpy as np

from drivers.source import Chunk
from models.spec import FilterSpec
from service.envelope import Layout
from service.screen import Basket, Screen

RATE_HZ = 1000.0


def chunk(first: int, samples: np.ndarray) -> Chunk:
    return Chunk(first, samples, arrived_ns=0, device_s=first / RATE_HZ)


def noise(samples: int) -> np.ndarray:
    return np.random.default_rng(5).normal(0, 30, (samples, 2)).astype(np.float32)


def screen() -> Screen:
    return Screen(Layout(RATE_HZ, 2, column=10, columns=5), FilterSpec())


def test_a_full_basket_loses_the_oldest() -> None:
    basket = Basket(most=100)
    for first in range(0, 500, 50):
        basket.take(chunk(first, noise(50)), ())
    assert [kept.first for kept in basket.empty()] == [400, 450]
    assert basket.empty() == []


def test_one_chunk_is_kept_however_long() -> None:
    basket = Basket(most=100)
    basket.take(chunk(0, noise(500)), ())
    assert [len(kept.samples) for kept in basket.empty()] == [500]


def test_blocks_come_once_each_is_whole() -> None:
    looker = screen()
    looker.basket.take(chunk(0, noise(49)), ())
    assert list(looker.blocks()) == []
    looker.basket.take(chunk(49, noise(1)), ())
    assert [block.first for block in looker.blocks()] == [0]


def test_electrodes_are_judged_on_the_signal_as_it_came() -> None:
    looker = screen()
    samples = noise(1000)
    samples[:, 1] = 7  # behind the filter, a channel that shows nothing would look like one at rest
    looker.basket.take(chunk(0, samples), ())
    assert len(list(looker.blocks())) == 20
    quality = asyncio.run(looker.quality())
    assert quality is not None
    assert [channel.level for channel in quality.channels] == ["good", "bad"]
    assert asyncio.run(looker.quality()) is None


def test_many_electrodes_are_judged_half_as_often() -> None:
    judged = []
    for channels in (31, 32):
        looker = Screen(Layout(RATE_HZ, channels, column=10, columns=5), FilterSpec())
        samples = np.random.default_rng(5).normal(0, 30, (1000, channels)).astype(np.float32)
        for first in (0, 500, 1000, 1500):
            looker.basket.take(chunk(first, samples[:500]), ())
            list(looker.blocks())
            judged.append((channels, first, asyncio.run(looker.quality()) is not None))
    assert [(channels, first) for channels, first, known in judged if known] == [
        *((31, first) for first in (500, 1000, 1500)),
        *((32, first) for first in (500, 1500)),
    ]
