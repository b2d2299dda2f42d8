import numpy as np
import pytest

from models.errors import DatasetError
from models.experiments.growing_head import GrowingHead, Seen

CENTRES = np.random.default_rng(5).standard_normal((5, 2, 4)) * 6


def windows(gestures, each=60, seed=0):
    """Two people whose features of the same gesture lie apart."""
    rng = np.random.default_rng(seed)
    x = [CENTRES[g, p] + rng.standard_normal((each, 4)) for g in gestures for p in (0, 1)]
    y = np.repeat(list(gestures), 2 * each)
    person = np.tile(np.repeat(["S01", "S02"], each), len(gestures))
    return Seen(np.concatenate(x).astype(np.float32), y, person)


def parameters(head, count):
    gaussians = [gaussian for parts in head.gestures[:count] for gaussian in parts]
    arrays = [head.mean, head.deviation, *(a for g in gaussians for a in (g.centre, g.root))]
    return [array.tobytes() for array in arrays]


@pytest.mark.parametrize("by_person", [False, True])
def test_what_is_known_stays_byte_for_byte_when_gestures_are_added(by_person):
    first = GrowingHead.first(windows(range(3)), by_person)
    before = parameters(first, 3)
    grown = first.more(windows((3, 4)))
    assert parameters(grown, 3) == before == parameters(first, 3)
    assert (len(first.gestures), len(grown.gestures)) == (3, 5)


@pytest.mark.parametrize("by_person", [False, True])
def test_among_the_old_gestures_answers_stay_the_same(by_person):
    first, test = GrowingHead.first(windows(range(3)), by_person), windows(range(3), seed=1).x
    among_old = first.more(windows((3, 4)))(test)[:, :3]
    again = among_old - np.logaddexp.reduce(among_old, axis=1, keepdims=True)
    assert np.allclose(again, first(test), atol=1e-3)


@pytest.mark.parametrize("by_person", [False, True])
def test_old_and_new_gestures_are_told_apart(by_person):
    head, test = GrowingHead.first(windows(range(3)), by_person).more(windows((3, 4))), windows(range(5), seed=1)
    answers = head(test.x)
    assert np.allclose(np.exp(answers).sum(axis=1), 1, atol=1e-4)
    assert np.mean(answers.argmax(axis=1) == test.y) > (0.95 if by_person else 0.6)


def test_a_gaussian_is_the_one_of_its_windows():
    rng = np.random.default_rng(0)
    spread = np.diag([1.0, 4.0, 9.0, 1.0])
    x = rng.multivariate_normal(np.zeros(4), spread, 20_000).astype(np.float32)
    ((gaussian,),) = GrowingHead.first(Seen(x, np.zeros(len(x), np.int64), np.full(len(x), "S01")), True).gestures
    assert np.allclose(gaussian.centre, 0, atol=1e-3)
    assert np.allclose(gaussian.root @ gaussian.root.T, np.eye(4), atol=0.05)  # in units of the deviation


def test_gestures_that_are_not_the_next_ones_are_refused():
    first = GrowingHead.first(windows(range(3)), True)
    with pytest.raises(DatasetError, match="3 gestures are known"):
        first.more(windows((2, 3)))
    with pytest.raises(DatasetError, match="3 gestures are known"):
        first.more(windows((4,)))


def test_a_person_with_one_window_is_refused():
    with pytest.raises(DatasetError, match="two windows"):
        GrowingHead.first(windows((0,), each=1), True)
