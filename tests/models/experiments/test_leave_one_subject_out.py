from models.experiments.catalogue import experiment
from models.experiments.leave_one_subject_out import CONTROL, PARTS


def test_control_and_parts_are_scored_with_the_same_trials(small_khushaba, tmp_path):
    study = experiment("leave-one-subject-out")
    outcome = study.compute(study.folds(small_khushaba, True)[0], small_khushaba, tmp_path)
    ten = [(score.arm, score.condition) for score in outcome.scores if score.table == "10 gestures"]
    assert ten[:2] == [(CONTROL, "0 trials"), (PARTS[0].name, "0 trials")]
    counts = ("1 trial", "2 trials", "3 trials", "4 trials")
    assert set(ten[2:]) == {(arm, count) for arm in (CONTROL, *(part.name for part in PARTS)) for count in counts}
    assert len(outcome.scores) == 2 * len(ten)
    assert 0 <= outcome.notes["zeros"] <= 1
