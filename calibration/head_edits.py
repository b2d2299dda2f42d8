"""A head with a gesture less, or with one under another name: nothing is recorded, nothing is fitted, no torch."""

from typing import Final

from calibration.errors import PlanInvalid
from models.head_graph import head_graph, head_tensors, own_tensors
from models.spec import EffortSpec, HeadSpec

PER_GESTURE: Final = frozenset({"weight", "bias", "out.weight", "out.bias", "centres", "roots"})
"""Tensors whose first axis is the gesture."""


def without_gesture(head: bytes, label: str) -> bytes:
    """ONNX of a head -> ONNX without one gesture; what it computes for the others stays the same, bit by bit.

    Raises:
        PlanInvalid: the head does not know the gesture, or less than two would be left.
        ModelUnreadable: it is no head of ours.
    """
    spec, tensors = head_tensors(head)
    gone = _index(spec, label)
    if len(spec.labels) < 3:
        raise PlanInvalid(f"without {label} one gesture alone is left: add another one first")
    kept = [k for k in range(len(spec.labels)) if k != gone]
    labels = tuple(spec.labels[k] for k in kept)
    fewer = {name: values[kept] if name in PER_GESTURE else values for name, values in tensors.items()}
    effort = spec.effort and EffortSpec(
        rest_uv=spec.effort.rest_uv,
        gate_uv=spec.effort.gate_uv,
        firm_uv=tuple(spec.effort.firm_uv[k] for k in kept),
    )
    return head_graph(spec.model_copy(update={"labels": labels, "effort": effort}), fewer, own_tensors(head))


def renamed(head: bytes, old: str, new: str) -> bytes:
    """ONNX of a head -> the same head, one gesture of which has another name.

    Raises:
        PlanInvalid: the head does not know the gesture, or knows the new name already.
        ModelUnreadable: it is no head of ours.
    """
    spec, tensors = head_tensors(head)
    index = _index(spec, old)
    if new in spec.labels and new != old:
        raise PlanInvalid(f"the head has a gesture {new} already: choose another name")
    labels = (*spec.labels[:index], new, *spec.labels[index + 1 :])
    return head_graph(spec.model_copy(update={"labels": labels}), tensors, own_tensors(head))


def _index(spec: HeadSpec, label: str) -> int:
    if label not in spec.labels:
        raise PlanInvalid(f"the head does not know {label}: choose from {', '.join(spec.labels)}")
    return spec.labels.index(label)
