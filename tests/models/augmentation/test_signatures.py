import numpy as np
import pytest

from models.augmentation.judges import Side
from models.augmentation.signatures import Look, Watch, collapsed, diverging, feature_cas, ignored

LABELS = ("fist", "point", "rest")
Y = np.repeat([0, 1, 2], 40)


def features(seed, spread=1.0, d=6):
    rng = np.random.default_rng(seed)
    return Side((5 * np.eye(3, d)[Y] + spread * rng.standard_normal((120, d))).astype(np.float32), Y)


REAL = features(0)


def test_windows_like_the_real_ones_show_nothing():
    assert collapsed(features(1), REAL, LABELS) is None
    assert ignored(Y, Y, LABELS) is None


def test_little_variance_is_a_collapse_and_the_gestures_are_named():
    made = features(1)
    made.x[Y == 1] = made.x[Y == 1].mean(axis=0) + 0.1 * (made.x[Y == 1] - made.x[Y == 1].mean(axis=0))
    found = collapsed(made, REAL, LABELS)
    assert str(found).startswith("collapsed-covariance: of point less than 25% of the variance")


def test_variance_along_one_line_is_a_collapse_too():
    made = features(1)
    made.x[Y == 2] = made.x[Y == 2].mean(axis=0) + 3 * np.random.default_rng(0).standard_normal((40, 1)) * np.eye(1, 6)
    assert "of rest less" in str(collapsed(made, REAL, LABELS))


def test_a_gesture_of_which_nothing_was_made_has_collapsed():
    made = features(1)
    some = Side(made.x[Y < 2], Y[Y < 2])
    assert "of rest less" in str(collapsed(some, REAL, LABELS))


@pytest.mark.parametrize(("right", "found"), [(0.6, False), (0.34, True), (0.0, True)])
def test_a_condition_that_decides_little_is_ignored(right, found):
    said = np.where(np.arange(120) < right * 120, Y, (Y + 1) % 3)
    finding = ignored(Y, said, LABELS)
    assert (finding is not None) == found
    if finding:
        assert str(finding).startswith(
            f"condition-ignored: {right:.0%} of the windows are taken for what was asked for, 33%"
        )


def test_nothing_made_hears_nothing():
    assert ignored(Y[:0], Y[:0], LABELS) is not None


def test_further_and_worse_at_once_diverges():
    first, better = Look(10, 2.0, 0.6), Look(20, 1.0, 0.8)
    assert diverging([first]) is None
    assert diverging([first, better]) is None
    assert diverging([first, better, Look(30, 1.3, 0.79)]) is None
    assert diverging([first, better, Look(30, 0.9, 0.5)]) is None
    told = str(diverging([first, better, Look(30, 1.3, 0.7)]))
    assert told.startswith("fid-up-cas-down: at epoch 30 FID rose from 1 to 1.3 and CAS fell from 0.80 to 0.70: stop")


def test_features_of_which_one_learns_the_gestures_score_high():
    assert feature_cas(features(1), REAL) > 0.9
    shuffled = Side(features(1).x, np.random.default_rng(0).permutation(Y))
    assert feature_cas(shuffled, REAL) < 0.6


def test_a_gesture_that_was_never_made_is_never_answered():
    made = features(1)
    some = Side(made.x[Y != 1], Y[Y != 1])
    assert feature_cas(some, REAL) == pytest.approx(2 / 3, abs=0.05)


def test_a_watch_looks_now_and_then_and_warns_late(tiny_generator, windows):
    generator, findings = tiny_generator("semantic"), []
    conditions = generator.encoder.features(windows.x)
    watch = Watch(generator.encoder, windows, conditions, LABELS, findings.append, every=5)
    for epoch in range(1, 11):
        watch(epoch, lambda: generator.diffusion)
    assert [look.epoch for look in watch.looks] == [5, 10]
    assert watch.looks[0] == Look(5, watch.looks[1].fid, watch.looks[1].cas)
    assert findings == []
    watch(15, lambda: generator.diffusion)  # the same windows are no better now, but it should be by now
    assert "condition-ignored" in {finding.signature for finding in findings}
