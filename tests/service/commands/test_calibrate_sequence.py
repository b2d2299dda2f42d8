"""A user's own last layer: out of a recording, stored, worn by a stream, rolled back, and taken along."""

from collections.abc import Callable
from pathlib import Path

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from serving import UNHURRIED, HandFedSource, serving, wait_for
from wristband_typing import recording

from calibration.profile import decode_profile
from calibration.store import Store
from drivers.recordings.native import Recorder
from drivers.source import Chunk, Marker, SourceInfo
from models.any_model import load_any_model
from models.datasets.sequences import Sequence
from models.last_layer import BLANK, WEIGHT
from models.pipeline.sequence_recognizer import SequenceRecognizer
from service.live import Live
from service.streams import DecisionOrder, recognizer_for

Run = Callable[..., tuple[int, str, str]]
INFO = SourceInfo("band", 2000.0, tuple(map(str, range(16))))


class Band(HandFedSource):
    """Sixteen channels at 2 kHz."""

    info = INFO


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped form of a network that types a, b and c."""
    return tiny_sequence_model.write("small", tmp_path_factory.mktemp("model"))


def written(path: Path, *parts: Sequence) -> Path:
    """As ``palmaris record`` writes it; between two parts a sample is missing."""
    first = 0
    with Recorder(path, INFO) as recorder:
        for part in parts:
            markers = [Marker(first + int(at), key) for at, key in zip(part.times, part.keys, strict=True)]
            recorder.write(
                Chunk(first=first, samples=part.signal, device_s=first / 2000, arrived_ns=0, markers=tuple(markers))
            )
            first += len(part.signal) + 1
    return path


def kept(data_dir: Path) -> tuple[list[int | None], int]:
    """Versions of the user's layer, and how many pieces are stored."""
    with Store.open(data_dir) as store:
        heads = store.heads.of("p-17")
        return [head.version for head in heads], len(store.trials.kept("p-17", heads[-1].encoder_sha256))


def test_a_layer_is_fitted_told_of_and_kept_only_if_accepted(palmaris: Run, model: Path, tmp_path: Path) -> None:
    file = written(tmp_path / "typing.palmaris", recording(seconds=11), recording(seconds=11, seed=1))
    words = ("calibrate", "--from", file, "--user", "p-17", "--model", model, "--data-dir", tmp_path / "data")
    code, out, err = palmaris(*words)
    assert (code, err) == (0, "")
    assert "54 keys, 22 s" in out
    assert "character error rate" in out
    assert "nothing was stored; to use the layer: the same with --accept" in out
    with Store.open(tmp_path / "data") as store:
        assert store.users.all() == []

    assert palmaris(*words, "--accept")[1].endswith("version 1 is the layer of p-17 now\n")
    assert kept(tmp_path / "data") == ([1], 2)
    more = written(tmp_path / "more.palmaris", recording(seconds=11, seed=2), recording(seconds=11, seed=3))
    words = ("calibrate", "--from", more, *words[3:])
    again = palmaris(*words, "--accept")[1]  # what was typed before rehearses, and its layer is compared
    assert "108 keys, 44 s" in again
    assert "before" in again
    assert kept(tmp_path / "data") == ([1, 2], 4)


def test_the_raw_signal_is_kept_of_those_who_consent(palmaris: Run, model: Path, tmp_path: Path) -> None:
    typing = recording(seconds=11)
    file = written(tmp_path / "typing.palmaris", typing, recording(seconds=11, seed=1))
    words = ("--from", file, "--user", "p-17", "--model", model, "--data-dir", tmp_path / "data")
    assert palmaris("calibrate", *words, "--accept", "--consent-raw")[0] == 0
    with Store.open(tmp_path / "data") as store:
        encoder = store.heads.of("p-17")[-1].encoder_sha256
        raw = [store.trials.read(trial).raw for trial in store.trials.kept("p-17", encoder)]
    assert raw[0] is not None
    assert raw[0].tobytes() == typing.signal.astype(np.float32).tobytes()
    assert raw[1] is not None


@pytest.mark.parametrize(
    ("flags", "why"),
    [(("--add",), "leave --gestures, --sentence and --add"), ((), "no key was typed")],
)
def test_what_cannot_be_done_is_refused(palmaris: Run, model: Path, tmp_path: Path, flags: tuple, why: str) -> None:
    silent = Sequence(recording(seconds=3).signal, 2000.0, (), np.zeros(0, np.int64), "", "")
    file = written(tmp_path / "still.palmaris", silent)
    words = ("--from", file, "--user", "p-17", "--model", model, "--data-dir", tmp_path / "data")
    code, out, err = palmaris("calibrate", *words, *flags)
    assert (code != 0, out) == (True, "")
    assert why in err


def test_a_stream_wears_it_and_gives_it_back(palmaris: Run, model: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    for seed in (0, 1):
        file = written(tmp_path / f"typing-{seed}.palmaris", recording(seconds=8, seed=seed))
        words = ("calibrate", "--from", file, "--user", "p-17", "--model", model, "--data-dir", data, "--accept")
        assert palmaris(*words)[0] == 0
    source = Band()
    live = Live("default", lambda: source, recognizer_for(load_any_model(str(model)), DecisionOrder()), UNHURRIED)

    def worn() -> np.ndarray | None:
        """The weights in use, once a chunk has come."""
        source.feed(np.zeros((40, 16), np.float32))
        recognizer = live.answers.recognizer
        assert isinstance(recognizer, SequenceRecognizer)
        return recognizer.model.own.get(WEIGHT)

    with serving(live, data_dir=data) as address, httpx.Client(base_url=f"http://{address}/v1") as http:
        assert worn() is None
        assert http.put("/streams/default/user", json={"user": "p-17"}).is_success
        wait_for(lambda: worn() is not None)
        second = worn()
        assert [head["labels"] for head in http.get("/users/p-17/heads").json()] == [["a", "b", "c"]] * 2
        assert http.post("/users/p-17/heads/1/activate").is_success
        wait_for(lambda: (worn() != second).any())
        assert http.put("/streams/default/user", json={"user": None}).is_success
        wait_for(lambda: worn() is None)
        assert http.get("/users/p-17/heads/1/report").json()["kind"] == "text"
        assert http.post("/users/p-17/heads/1/activate").is_success
        assert http.patch("/users/p-17/gestures", json={"remove": ["a"]}).status_code == 409
        profile = decode_profile(http.get("/users/p-17/profile").content)
        assert profile.heads[0].facts.labels == ("a", "b", "c", BLANK)
        assert http.post("/users/p-18/profile", content=http.get("/users/p-17/profile").content).is_success
        assert http.put("/streams/default/user", json={"user": "p-18"}).is_success
