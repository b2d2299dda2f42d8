"""The papers' protocols on small files of the data sets' layouts."""

import numpy as np
import pytest
from scipy.io import savemat

from models.experiments.catalogue import experiment
from models.experiments.grid_folds import CONTROL, sessions_of
from models.experiments.grid_papers import B_SESSIONS, B_USERS, SEEDS, WITHIN
from models.experiments.runner import compute


def capgmyo(folder, recordings: int, gestures: int, trials: int, samples: int) -> None:
    """Preprocessed trials; a gesture is strong in rows of its own."""
    rng = np.random.default_rng(0)
    for recording in range(1, recordings + 1):
        for gesture in range(1, gestures + 1):
            size = np.full((16, 8), 0.01)
            size[gesture : gesture + 2] = 0.2
            for trial in range(1, trials + 1):
                data = (rng.standard_normal((samples, 128)) * size.ravel()).astype(np.float32)
                savemat(folder / f"{recording:03}-{gesture:03}-{trial:03}.mat", {"data": data})


@pytest.fixture(scope="module")
def database_a(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dba")
    capgmyo(folder, recordings=1, gestures=8, trials=2, samples=400)
    return folder


@pytest.fixture(scope="module")
def database_b(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dbb")
    capgmyo(folder, recordings=4, gestures=8, trials=3, samples=400)
    return folder


def run(name: str, data, out, arm: str = "embedded") -> set[tuple[str, str, str]]:
    """The first quick fold of an arm, as the command computes it: table, arm and condition of its scores."""
    study = experiment(name)
    fold = next(fold for fold in study.folds(data, True) if fold.settings["arm"] == arm)
    scores = compute(name, fold, data, out / "folds" / "a.json").scores
    assert all(0 <= score.macro_f1 <= 1 for score in scores)
    return {(score.table, score.arm, score.condition) for score in scores}


def test_within_a_subject_every_trial_is_left_out_once(database_a, tmp_path):
    folds = experiment("grid-capgmyo-a").folds(database_a, False)
    assert len(folds) == 2 * (SEEDS * (len(WITHIN) - 1) + 1)
    assert {fold.settings["trial"] for fold in folds} == {1, 2}
    assert run("grid-capgmyo-a", database_a, tmp_path) == {
        ("within subject", "embedded", vote) for vote in ("1 image", "40 ms vote", "150 ms vote")
    }
    assert run("grid-capgmyo-a", database_a, tmp_path, CONTROL) == {("within subject", CONTROL, "250 ms windows")}


def test_a_source_is_the_other_session_or_all_other_people(database_b):
    trials = B_SESSIONS.recordings.load(database_b)
    target = sessions_of(trials)[1]
    assert target.name == "01/2"
    days = {(t.subject, t.session) for t in trials if B_SESSIONS.teaches(t, target)}
    people = {(t.subject, t.session) for t in trials if B_USERS.teaches(t, target)}
    assert days == {("01", "1")}
    assert people == {("02", "1"), ("02", "2")}


def test_between_sessions_each_is_a_target(database_b, tmp_path):
    folds = experiment("grid-capgmyo-b-sessions").folds(database_b, False)
    assert {fold.settings["target"] for fold in folds} == {"01/1", "01/2", "02/1", "02/2"}
    conditions = "none", "AdaBN", "1 trial", "2 trials"
    scored = run("grid-capgmyo-b-sessions", database_b, tmp_path)
    assert {("to session 1", "embedded, 40 ms vote", condition) for condition in conditions} <= scored
    scored = run("grid-capgmyo-b-sessions", database_b, tmp_path, CONTROL)
    assert scored == {("to session 1", CONTROL, condition) for condition in conditions}


def test_between_people_too(database_b, tmp_path):
    scored = run("grid-capgmyo-b-users", database_b, tmp_path)
    assert {table for table, *_ in scored} == {"to session 1"}


def test_database_c_has_twelve_gestures(tmp_path):
    folder = tmp_path / "dbc"
    folder.mkdir()
    capgmyo(folder, recordings=2, gestures=12, trials=2, samples=60)
    assert ("to session 1", "embedded, 40 ms vote", "1 trial") in run("grid-capgmyo-c-users", folder, tmp_path / "out")


def test_csl_goes_from_sessions_to_another_one(tmp_path):
    rng = np.random.default_rng(0)
    for session in (1, 2):
        folder = tmp_path / "csl" / "subject1" / f"session{session}"
        folder.mkdir(parents=True)
        for gesture in range(27):
            cells = np.empty((2, 1), object)
            for repetition in range(2):
                cells[repetition, 0] = 1e-5 * rng.standard_normal((192, 1120)).astype(np.float32)
            savemat(folder / f"gest{gesture}.mat", {"gestures": cells})
    scored = run("grid-csl-sessions", tmp_path / "csl", tmp_path / "out")
    assert {condition for _, arm, condition in scored if arm == "embedded, 1 image"} == {"none", "AdaBN", "1 trial"}
