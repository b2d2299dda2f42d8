"""A trained network of images for another day or user: today's statistics, then its upper layers (SYSTEMS 2.5)."""

from collections.abc import Sequence

import torch

from models.datasets.trials import Trial
from models.errors import DatasetError, ModelMismatch
from models.head_graph import head_tensors
from models.networks.grid_net import GridNet
from models.pipeline.electrode_grid import Grid
from models.runtime import Model
from models.spec import ImageSpec
from models.training.effort import effort_of
from models.training.images import Exposure, LabelledImages, expose
from models.training.rebuilt import rebuilt
from models.training.result import EXAMPLES, TrainedModel, trial_facts
from models.training.train_grid import network_of, parts_of
from models.training.transfer import Plan, fine_tune, reestimate
from models.training.windows import Cut, cut, shape_of

STEP_S = 0.01
"""Between the images that it learns from."""


def fine_tuned(model: Model, trials: Sequence[Trial], name: str, grid: Grid, plan: Plan) -> TrainedModel:
    """The model under another name, its upper layers tuned on the trials, which have every gesture that it knows.

    Raises:
        DatasetError: a gesture is missing, or one is none of the model's.
        ModelMismatch: rate, channels or grid are others, or its head is not one that it was trained with.
        ModelUnreadable: the model does not say which network it is.
    """
    labels, spec, images = model.head.spec.labels, model.spec, _images(model)
    _require_gestures({trial.label for trial in trials}, labels)
    spec.require(*shape_of(trials), grid=grid)
    learn = expose(trials, labels, Exposure(grid, max(1, round(STEP_S * spec.rate_hz)), spec.filters))
    network = _whole(model)
    reestimate(network, learn.x)
    fine_tune(network, learn.x, learn.y, plan)
    encoder, head = parts_of(network, torch.from_numpy(learn.x))
    images = images.model_copy(update={"grid": tuple(tuple(row) for row in grid)})
    return TrainedModel(
        spec.model_copy(update={"name": name, "images": images}),
        labels,
        encoder,
        head,
        learn.x[:: max(1, len(learn) // EXAMPLES)],
        _facts(model, trials, learn, plan),
        effort_of(labels, cut(trials, labels, Cut(spec.window, spec.hop, spec.filters))),
    )


@torch.no_grad()
def _whole(model: Model) -> GridNet:
    """The network with its classifier: the head's weights on features that are not standardised."""
    frozen, (spec, tensors) = rebuilt(model.encoder.content), head_tensors(model.head.content)
    if spec.kind != "linear":
        raise ModelMismatch(f"the head of {model.spec.name} is none of its network: take the model as it was trained")
    images = _images(model)
    with torch.random.fork_rng():
        network = GridNet(network_of(str(images.network)), len(spec.labels), images.shape)
    standard = frozen.standardise.state_dict()
    weight = torch.from_numpy(tensors["weight"]) / standard["deviation"]
    network.norm, network.blocks = frozen.norm, frozen.blocks
    bias = torch.from_numpy(tensors["bias"]) - weight @ standard["mean"]
    network.head.load_state_dict({"weight": weight, "bias": bias})
    return network.eval()


def _images(model: Model) -> ImageSpec:
    if model.spec.images is None:
        raise ModelMismatch(f"model {model.spec.name} is one of windows: choose a network of images")
    return model.spec.images


def _require_gestures(found: set[str], known: Sequence[str]) -> None:
    if unknown := sorted(found - set(known)):
        raise DatasetError(f"the model does not know {', '.join(unknown)}: train one that does")
    if missing := [label for label in known if label not in found]:
        raise DatasetError(f"no trial of {', '.join(missing)}: its upper layers would forget it, record at least one")


def _facts(model: Model, trials: Sequence[Trial], learn: LabelledImages, plan: Plan) -> dict[str, str]:
    return {
        "Network": f"that of {model.spec.name} (encoder {model.encoder.fingerprint[:12]}), its statistics anew without "
        f"labels, then its layers above the first {plan.frozen}",
        **trial_facts(trials),
        "Training images": f"{len(learn)}, every {1000 * STEP_S:g} ms, the first 0.5 s of a trial dropped",
        "Epochs": f"{plan.epochs}; batch {plan.batch}; seed {plan.seed}",
        "Learning rate": f"Adam, {plan.rate:g}",
    }
