from dataclasses import replace

import numpy as np
import pytest
import torch
from wristband_typing import recording

from models.errors import DatasetError
from models.pipeline.front_end import FrontEnd
from models.training.event_targets import UNCOUNTED
from models.training.sequence_augment import SequenceAugmentation
from models.training.sequence_examples import Examples
from models.training.sequence_recipes import recipe

LABELS = ("a", "b", "c")
PLAIN = replace(recipe("splashnet"), length=4000, batch=3, augmentation=SequenceAugmentation())


def examples(recordings, chosen=PLAIN):
    network = chosen.build(len(LABELS) + 1, recordings[0].signal.shape[1] // 16)
    spec = chosen.spec("m", network, recordings[0].signal.shape[1], LABELS)
    return Examples(recordings, chosen, spec), spec


def test_an_example_is_heard_as_a_live_stream_that_begins_there():
    """The front end is that of the live path; only the filter began earlier."""
    one = recording(seconds=8)
    cut, spec = examples([one])
    prior = cut.prior()
    x = torch.cat([x for x, _ in cut.judge(prior)])
    assert x.shape == (3, (6000 - 64) // 16 + 1, 16, 6)
    np.testing.assert_allclose(x[0], FrontEnd(spec, prior).feed(one.signal[:6000]), atol=1e-3)


def test_keys_belong_to_the_middle_of_one_example():
    one = recording(seconds=8)
    cut, _ = examples([one])
    found = [y[y != UNCOUNTED].tolist() for _, batch in cut.judge(cut.prior()) for y in batch]
    for number, keys in enumerate(found):
        first = 4000 * number + 1800
        wanted = one.between(first, first + 4000).keys
        assert [LABELS[key] for key in keys] == list(wanted)


def test_examples_of_an_epoch_move_within_their_recording():
    cut, _ = examples([recording(seconds=8), recording(seconds=5, seed=1)])
    prior = cut.prior()
    epochs = []
    for seed in (0, 1, 0):
        torch.manual_seed(seed)
        epochs.append([x for x, _ in cut.learn(prior)])
    assert len(epochs[0]) == 2  # 4 examples, 3 at once
    torch.testing.assert_close(epochs[0], epochs[2])
    assert not torch.allclose(epochs[0][0], epochs[1][0])


def test_a_crop_keeps_so_many_frames_and_their_keys():
    chosen = replace(PLAIN, augmentation=SequenceAugmentation(crop=200))
    cut, _ = examples([recording(seconds=8)], chosen)
    x, y = next(iter(cut.learn(cut.prior())))
    assert x.shape[1] == 200
    # 200 frames are 3,248 samples; 1,800 before and 200 after the middle leave 0.6 s, one or two keys
    assert {1, 2} >= set((y != UNCOUNTED).sum(dim=1).tolist())


def test_jitter_moves_the_second_band_against_the_first():
    two = recording(seconds=8, channels=32)
    tied = replace(two, signal=np.tile(two.signal[:, :16], 2))  # both bands alike
    chosen = replace(PLAIN, augmentation=SequenceAugmentation(jitter=120))
    cut, _ = examples([tied], chosen)
    x, _ = next(iter(cut.learn(cut.prior())))
    assert not torch.allclose(x[:, :, :16], x[:, :, 16:], atol=0.1)
    x, _ = next(iter(cut.judge(cut.prior())))
    torch.testing.assert_close(x[:, :, :16], x[:, :, 16:])


def test_the_prior_is_of_all_frames():
    one = recording(seconds=25)  # more than is computed at once
    cut, spec = examples([one])
    frames = FrontEnd(spec, None).feed(one.signal)
    np.testing.assert_allclose(cut.prior().mean, frames.mean(axis=0), atol=0.01)
    np.testing.assert_allclose(cut.prior().variance, frames.var(axis=0), rtol=0.02)


def test_events_are_pulses_and_samples():
    chosen = replace(recipe("events"), length=3900, batch=2)
    one = recording(seconds=4.1)
    spec = chosen.spec("m", chosen.build(3, 1), 16, LABELS)
    cut = Examples([one], chosen, spec)
    ((x, y),) = cut.judge(None)
    assert x.shape == (2, 3900, 16)
    assert y.shape == (2, 388, 3)
    assert int((y[0] == 1).sum()) == 8 * 4  # at 0.3, 0.7, 1.1 and 1.5 s; the pulse of the next begins too late


def test_recordings_that_do_not_fit_are_refused():
    with pytest.raises(DatasetError, match="3 s of an example"):
        examples([recording(seconds=2)])
    with pytest.raises(DatasetError, match="'z' in user 0 1 is no label"):
        examples([recording(keys=("a", "b", "z"))])
    with pytest.raises(DatasetError, match="at 1000 Hz"):
        examples([replace(recording(), rate_hz=1000.0)])
