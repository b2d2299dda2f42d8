from concurrent.futures import Future

from serving import wait_for

from calibration.fitting import FitOrder
from service.calibrations.fit_count import FitCount
from service.calibrations.fit_worker import FitWorker


def test_fits_and_failures_are_counted() -> None:
    count = FitCount()
    good, bad, given_up = Future[str](), Future[str](), Future[str]()
    for future in (good, bad, given_up):
        future.add_done_callback(count.begin())
    assert (sum(count.seconds.counts), count.failed) == (0, 0)
    good.set_result("a head")
    bad.set_exception(ValueError("one trial is not enough"))
    given_up.cancel()
    assert (sum(count.seconds.counts), count.failed) == (3, 2)


def test_a_fit_that_dies_with_its_process_is_counted() -> None:
    worker = FitWorker()
    answer = worker.fit([], FitOrder(("fist",), "", 1000.0, b""))  # never read: the process is ended before
    worker.close()
    wait_for(answer.done)
    wait_for(lambda: worker.count.failed == 1)
