"""The tiny model with a head that knows its user's efforts, as a calibrated one does."""

from copy import copy

from models.runtime import Model
from models.spec import EffortSpec, HeadSpec

EFFORTS = EffortSpec(rest_uv=3.0, gate_uv=12.0, firm_uv=(None, 60.0, 30.0))
"""On the fixture ``signal``: quiet is rest, ``left`` about three quarters of a firm effort, ``right`` more than one."""


def with_efforts(model: Model, efforts: EffortSpec = EFFORTS) -> Model:
    """The same graphs; what the head says of itself has changed."""
    head = copy(model.head)
    head.spec = HeadSpec(**dict(model.head.spec) | {"effort": efforts})
    return Model(model.encoder, head)
