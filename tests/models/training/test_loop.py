import json

import pytest
import torch
from torch import nn

from models.errors import ModelUnreadable
from models.training.loop import Stage, fit

torch.set_num_threads(1)


class Stopped(Exception):
    """The training is killed."""


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Dropout(0.2), nn.Linear(8, 1))


def batches():
    x = torch.randn(64, 4)
    return ((part, part.sum(dim=1, keepdim=True)) for part in x.split(16))


def stage(learns, epochs=6, score=None, patience=2):
    return Stage("net", learns, lambda x, y: (learns(x) - y).square().mean(), score, epochs, patience, rate=1e-2)


def quiet(_):
    pass


def stop_after(epoch):
    def stop(progress):
        if progress.epoch == epoch:
            raise Stopped

    return stop


def test_the_loss_falls_and_is_reported(tmp_path):
    seen = []
    assert fit(stage(network(), epochs=20), batches, 0, tmp_path, seen.append) == 20
    assert [progress.epoch for progress in seen] == list(range(1, 21))
    assert seen[-1].loss < 0.5 * seen[0].loss
    assert [json.loads(line)["loss"] for line in (tmp_path / "net.jsonl").read_text().splitlines()] == [
        p.loss for p in seen
    ]


@pytest.mark.parametrize("killed_after", [1, 3, 5])
def test_a_resumed_training_gives_the_weights_of_an_uninterrupted_one(tmp_path, killed_after):
    whole, first, second = network(), network(), network()
    (tmp_path / "whole").mkdir()
    fit(stage(whole), batches, 3, tmp_path / "whole", quiet)
    with pytest.raises(Stopped):
        fit(stage(first), batches, 3, tmp_path, stop_after(killed_after))
    torch.manual_seed(99)
    resumed = []
    fit(stage(second), batches, 3, tmp_path, resumed.append)
    assert [progress.epoch for progress in resumed] == list(range(killed_after + 1, 7))
    assert_same(second, whole)


def test_a_finished_training_is_not_repeated(tmp_path):
    first, again = network(), network()
    fit(stage(first), batches, 0, tmp_path, quiet)
    assert fit(stage(again), batches, 0, tmp_path, stop_after(1)) == 6
    assert_same(first, again)


def test_another_seed_gives_other_weights(tmp_path):
    one, two = network(), network()
    for seed, learns in enumerate([one, two]):
        (tmp_path / str(seed)).mkdir()
        fit(stage(learns), batches, seed, tmp_path / str(seed), quiet)
    assert not torch.equal(one[0].weight, two[0].weight)


def test_it_stops_without_progress_and_keeps_the_best_weights(tmp_path):
    learns, seen, kept = network(), [], {}
    scores = iter([0.5, 0.3, 0.4, 0.35, 0.1])

    def score():
        assert not learns.training
        kept[len(seen) + 1] = learns[0].weight.detach().clone()
        return next(scores)

    assert fit(stage(learns, 5, score), batches, 0, tmp_path, seen.append) == 2
    assert [progress.score for progress in seen] == [0.5, 0.3, 0.4, 0.35]
    assert torch.equal(learns[0].weight, kept[2])
    assert not learns.training


def test_it_leaves_the_callers_random_numbers_alone(tmp_path):
    torch.manual_seed(5)
    expected = torch.randn(3)
    learns = network()
    torch.manual_seed(5)
    fit(stage(learns), batches, 0, tmp_path, quiet)
    assert torch.equal(torch.randn(3), expected)


def test_a_damaged_checkpoint_says_what_to_do(tmp_path):
    fit(stage(network()), batches, 0, tmp_path, quiet)
    content = (tmp_path / "net.pt").read_bytes()
    (tmp_path / "net.pt").write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelUnreadable, match="another folder"):
        fit(stage(network()), batches, 0, tmp_path, quiet)


def assert_same(one: nn.Module, two: nn.Module) -> None:
    for (name, a), b in zip(one.state_dict().items(), two.state_dict().values(), strict=True):
        assert torch.equal(a, b), name


def test_the_rate_rises_along_a_line_and_falls_along_a_cosine():
    stage = Stage("s", nn.Linear(1, 1), lambda x, _: x.mean(), None, 12, 12, rate=0.5, warm_up=4)
    rates = [stage.rate_at(epoch) for epoch in range(12)]
    assert rates[:5] == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5])
    assert rates[8] == pytest.approx(0.25)
    assert 0 < rates[11] < 0.05


def test_long_gradients_are_clipped(tmp_path):
    layer = nn.Linear(1, 1, bias=False)
    before, gradients = layer.weight.item(), []
    layer.weight.register_post_accumulate_grad_hook(lambda _: None)
    stage = Stage("s", layer, lambda x, _: 1e3 * layer(x).mean(), None, 1, 1, rate=0.1, clip=0.5)
    optimise = torch.optim.Adam.step

    def step(self, *args, **kwargs):
        gradients.append(layer.weight.grad.item())
        return optimise(self, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.optim.Adam, "step", step)
        fit(stage, lambda: [(torch.ones(2, 1), torch.zeros(2))], 0, tmp_path, lambda _: None)
    assert gradients == pytest.approx([0.5])
    assert layer.weight.item() != before
