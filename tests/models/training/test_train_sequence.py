"""Tiny trainings on made-up typing: a second each, and only as good as that."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from wristband_typing import recording

from models.errors import ModelMismatch, ModelUnreadable
from models.networks.neuromotor import EventLSTM
from models.pipeline.sequence_stream import answer_whole
from models.sequence_export import export_sequence
from models.sequence_runtime import SequenceModel
from models.training.sequence_augment import SequenceAugmentation
from models.training.sequence_recipes import recipe
from models.training.train_sequence import SequenceTraining, loss_of, train_sequence

LABELS = ("a", "b", "c")
TEXT = replace(recipe("splashnet"), length=2000, past=1000, batch=3, epochs=2, warm_up=0)
EVENTS = replace(
    recipe("events"),
    length=2000,
    batch=8,
    epochs=40,
    rate=5e-3,
    build=lambda events, _: EventLSTM(events, hidden=32),
    augmentation=SequenceAugmentation(),  # a slip of two electrodes makes one finger another, in this made-up band
)
LEARN = [recording(seconds=3), recording(seconds=3, seed=1)]
VALIDATE = [recording(seconds=3, seed=2)]
CONFIG = SequenceTraining("tiny", TEXT, LABELS, simulated=True)


class Stopped(Exception):
    pass


def weights_of(trained):
    return torch.cat([parameter.detach().flatten() for parameter in trained.network.parameters()])


def test_text_is_trained_exported_and_served(tmp_path):
    told = []
    trained = train_sequence(LEARN, VALIDATE, CONFIG, tmp_path / "work", told.append)
    assert [(p.stage, p.epoch, p.epochs) for p in told] == [("sequence", 1, 2), ("sequence", 2, 2)]
    assert told[1].loss < told[0].loss
    assert told[trained.epoch - 1].score == min(p.score for p in told)
    assert trained.spec.simulated
    path = export_sequence(trained.network, trained.spec, trained.prior, tmp_path)
    assert answer_whole(SequenceModel(path), VALIDATE[0].signal).shape == ((6000 - 64) // 16 + 1, 4)


def test_events_are_learned(tmp_path):
    """Bursts that last until the pulse, of three fingers: in each pulse of a new recording the right output is highest.

    Made-up bursts, not people: it shows that targets, loss, export and stream agree on when an event is.
    """
    learn = [recording(seconds=8, seed=seed, after_s=0.15) for seed in (0, 1)]
    trained = train_sequence(learn, [], replace(CONFIG, recipe=EVENTS), tmp_path / "work")
    path = export_sequence(trained.network, trained.spec, None, tmp_path)
    new = recording(seconds=6, seed=2, after_s=0.15)
    answers = answer_whole(SequenceModel(path), new.signal)
    pulses = (new.times + 200 - 20) // 10  # the answers 100 ms after each event
    said = [LABELS[answers[at].argmax()] for at in pulses if at < len(answers)]
    assert np.mean([one == key for one, key in zip(said, new.keys, strict=False)]) > 0.8


def test_a_stopped_training_goes_on_as_if_it_had_not_been(tmp_path):
    straight = train_sequence(LEARN, VALIDATE, CONFIG, tmp_path / "straight")

    def stop(_):
        raise Stopped

    with pytest.raises(Stopped):
        train_sequence(LEARN, VALIDATE, CONFIG, tmp_path / "stopped", stop)
    resumed = train_sequence(LEARN, VALIDATE, CONFIG, tmp_path / "stopped")
    torch.testing.assert_close(weights_of(resumed), weights_of(straight), atol=0, rtol=0)


def test_a_folder_of_another_training_is_refused(tmp_path):
    once = replace(CONFIG, epochs=1)
    train_sequence(LEARN, [], once, tmp_path)
    with pytest.raises(ModelMismatch, match="other settings or data"):
        train_sequence(LEARN[:1], [], once, tmp_path)
    with pytest.raises(ModelMismatch, match="other settings or data"):
        train_sequence(LEARN, [], replace(once, recipe=replace(TEXT, augmentation=SequenceAugmentation())), tmp_path)


def test_one_user_begins_from_the_network_of_many(tmp_path):
    many = train_sequence(LEARN, [], replace(CONFIG, epochs=1), tmp_path / "many")
    start = replace(CONFIG, epochs=1, seed=7, start=tmp_path / "many" / "sequence.pt")
    slow = replace(start, recipe=replace(TEXT, rate=1e-9))  # so slow that it stays where it began
    one = train_sequence(VALIDATE, [], slow, tmp_path / "one")
    torch.testing.assert_close(weights_of(one), weights_of(many), atol=1e-6, rtol=0)
    with pytest.raises(ModelUnreadable, match="no checkpoint of such a network"):
        train_sequence(LEARN, [], replace(start, recipe=EVENTS), tmp_path / "other")


def test_answers_that_nobody_asks_for_do_not_count():
    """The 124 answers that rest on too little are not asked for."""
    network = TEXT.build(4, 1).eval()
    x, y = torch.randn(1, 300, 16, 6), torch.tensor([[0, 1, -1]])
    loss = loss_of(network, TEXT)
    scores = network(x, *network.start(1))[0][:, 124:]
    expected = torch.nn.functional.ctc_loss(
        torch.log_softmax(scores, -1).transpose(0, 1), y[:, :2], (176,), (2,), blank=3
    )
    torch.testing.assert_close(loss(x, y), expected)


def test_events_that_are_not_counted_do_not_count():
    network = EVENTS.build(2, 1).eval()
    loss = loss_of(network, EVENTS)
    x = torch.randn(1, 21 + 10 * 4, 16)
    y = torch.tensor([[[0, -1]] * 5])
    scores = network(x, *network.start(1))[0][..., 0]
    torch.testing.assert_close(loss(x, y), torch.nn.functional.softplus(scores).mean())
