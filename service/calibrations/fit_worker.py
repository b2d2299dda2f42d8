"""Fits heads and re-estimates norms in a process of its own at low priority.

Live predictions must not jitter, and torch stays out of here.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from calibration.errors import FitFailed
from calibration.fitting import FitOrder, FitResult, LabelledTrial
from calibration.material import Array
from models.own_tensors import Tensors
from service.calibrations.fit_count import FitCount
from service.helper import Helper, HelperGone

if TYPE_CHECKING:  # serving needs no onnx
    from calibration.layer_order import LayerOrder
    from models.training.pieces import Piece

T = TypeVar("T")


class FitWorker:
    """One fitting process, begun when it is first warmed, for as many fits as come."""

    def __init__(self) -> None:
        self._helper = Helper()
        self.count = FitCount()

    def warm(self) -> None:
        """Let the process load its libraries, which takes seconds, while the first gesture is being held.

        Whether it can is seen when there is something to fit.
        """
        with suppress(FitFailed):
            self._submit(_ready)

    def fit(self, trials: Sequence[LabelledTrial], order: FitOrder) -> Future[FitResult]:
        """Fit a head; the future raises ``FitFailed`` if the process dies."""
        return self._counted(_fit, trials, order)

    def fit_layer(self, pieces: "Sequence[Piece]", order: "LayerOrder", encoder: str) -> Future[FitResult]:
        """Fit a last layer; ``encoder``: SHA-256 of the graph that it belongs to. Raises as ``fit`` does."""
        return self._counted(_fit_layer, pieces, order, encoder)

    def _counted(self, work: Callable[..., FitResult], *arguments: object) -> Future[FitResult]:
        answer: Future[FitResult] = Future()
        answer.add_done_callback(self.count.begin())
        self._submit(work, *arguments).add_done_callback(lambda done: _hand_over(done, answer))
        return answer

    def reestimate(self, network: bytes, own: Tensors, images: Array) -> Future[Tensors]:
        """See ``calibration/own_norms.py``; the future raises ``FitFailed`` if the process dies."""
        answer: Future[Tensors] = Future()
        self._submit(_reestimate, network, own, images).add_done_callback(lambda done: _hand_over(done, answer))
        return answer

    def close(self) -> None:
        """End the process; what it was fitting is given up."""
        self._helper.close()

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        try:
            return self._helper.submit(work, *arguments)
        except HelperGone:
            stopping = "the service is stopping: the trials are safe, start it again and resume"
            raise FitFailed(stopping if self._helper.closed else DIED) from None


DIED = "the fitting process died, perhaps for want of memory: the trials are safe, ask for the fit again"


def _hand_over(done: Future[T], answer: Future[T]) -> None:
    if done.cancelled() or isinstance(error := done.exception(), BrokenProcessPool):
        answer.set_exception(FitFailed(DIED))
    elif error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(done.result())


def _ready() -> None:
    from calibration.head import warm_up

    warm_up()


def _fit(trials: Sequence[LabelledTrial], order: FitOrder) -> FitResult:
    from calibration.head import fit_user_head

    return fit_user_head(trials, order)


def _fit_layer(pieces: "Sequence[Piece]", order: "LayerOrder", encoder: str) -> FitResult:
    from calibration.own_layer import fit_own_layer

    layer, report = fit_own_layer(pieces, order)
    return FitResult(layer.head(order.spec, encoder), "linear", report)


def _reestimate(network: bytes, own: Tensors, images: Array) -> Tensors:
    from calibration.own_norms import reestimated

    return reestimated(network, own, images)
