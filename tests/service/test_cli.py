"""The command line as its users meet it: output, messages and exit codes."""

import json
import os
import re
import signal as signals
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx
import numpy as np
import pytest
import tiny_sequence_model
from typer.main import get_command

from drivers.registry import open_source
from drivers.simulation.arm import Donning
from drivers.simulation.grid_user import HD_GRID, GridUser
from drivers.simulator import SimulatedSource
from models.datasets import dataset, load_trials, simulated_sequences
from service.cli import app
from service.security.scopes import Scope
from service.security.tokens import FILE, Tokens

Run = Callable[..., tuple[int, str, str]]


@contextmanager
def started(*words: object) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A `palmaris serve` of its own process, and its address once it says it."""
    command = [sys.executable, "-m", "service", "serve", "--port", "0", *map(str, words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            found = re.search(r"http://(\S+)", process.stdout.readline())
            assert found, process.stderr.read()
            yield process, found[1]
        finally:
            process.kill()


@pytest.fixture
def recording(tmp_path: Path, signal: np.ndarray) -> Path:
    """The test signal as a recording."""
    path = tmp_path / "session.npz"
    labels = np.repeat(["rest", "left", "rest", "right"], 1000)
    np.savez(path, samples=signal, rate_hz=1000.0, labels=labels)
    return path


def commands(command: object, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and group, as the words that name it."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


@pytest.mark.parametrize("words", list(commands(get_command(app))), ids=" ".join)
def test_help_everywhere(words: tuple[str, ...], palmaris: Run) -> None:
    code, out, _ = palmaris(*words, "--help")
    assert code == 0
    assert "Usage" in out


def test_replay_prints_a_line_per_prediction(palmaris: Run, recording: Path, tiny_model: Path) -> None:
    code, out, err = palmaris("replay", recording, "--model", tiny_model)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert err == ""
    assert [line["index"] for line in lines] == list(range(249, 4000, 25))
    assert [line["seq"] for line in lines] == list(range(len(lines)))
    settled = [line for line in lines if line["index"] % 1000 > 400]
    assert all(line["gesture"] == line["label"] for line in settled)
    assert lines[0]["device_s"] == pytest.approx(0.249)


def test_smoothing_and_rejection_can_be_switched_off(palmaris: Run, recording: Path, tiny_model: Path) -> None:
    flags = ("--model", tiny_model, "--smoothing", 1, "--reject-below", 0)
    _, plain, _ = palmaris("replay", recording, *flags)
    _, usual, _ = palmaris("replay", recording, "--model", tiny_model)
    assert plain != usual
    assert all(json.loads(line)["accepted"] for line in plain.splitlines())


def test_settings_come_from_file_then_environment_then_flags(
    palmaris: Run, recording: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "palmaris.toml").write_text(f'model = "{tiny_model}"\nreject_below = 0.0\n')
    assert palmaris("replay", recording)[0] == 0
    monkeypatch.setenv("PALMARIS_MODEL", "nobody")
    assert palmaris("replay", recording)[0] == 2
    assert palmaris("replay", recording, "--model", tiny_model)[0] == 0


def bad_inputs(tmp_path: Path, tiny_model: Path, recording: Path) -> dict[str, tuple[tuple[object, ...], int, str]]:
    """Name -> (words, exit code, what the message must say)."""
    serve = ("serve", "--model", tiny_model, "--source")
    truncated, wide, slow, empty = (tmp_path / f"{name}.npz" for name in ("truncated", "wide", "slow", "empty"))
    truncated.write_bytes(recording.read_bytes()[:-3000])
    empty.write_bytes(b"")
    np.savez(wide, samples=np.zeros((500, 8), np.float32), rate_hz=1000.0)
    np.savez(slow, samples=np.zeros((500, 2), np.float32), rate_hz=250.0)
    (tmp_path / "bad.toml").write_text("port = = 3")
    (tmp_path / "wrong.toml").write_text("prot = 3")
    guarded = tmp_path / "guarded"
    Tokens(guarded / FILE).create("check", frozenset({Scope.SUBSCRIBE}))
    return {
        "no URI": ((*serve, "session.npz"), 2, "scheme://target"),
        "unknown driver": ((*serve, "smi://two-channel"), 2, "did you mean sim://"),
        "unknown option": ((*serve, f"replay://{recording}?sped=2"), 2, "known options: .*speed"),
        "meaningless option": ((*serve, f"replay://{recording}?speed=fast"), 2, "speed=fast"),
        "unknown model": (("serve", "--model", "csae-7"), 2, "shipped:"),
        "missing model file": (("serve", "--model", tmp_path / "no.onnx"), 2, "no model"),
        "missing recording": ((*serve, f"replay://{tmp_path}/no.npz"), 4, "no.npz"),
        "truncated recording": ((*serve, f"replay://{truncated}"), 4, "truncated.npz"),
        "empty recording": (("replay", empty, "--model", tiny_model), 4, "empty.npz"),
        "wrong channels": ((*serve, f"replay://{wide}"), 4, "wants 2 channels .* gives 8 channels: choose"),
        "wrong rate": (("replay", slow, "--model", tiny_model), 4, "wants .* 1000 Hz .* gives 250 Hz: choose"),
        "port out of range": (("serve", "--port", 70000), 2, "port"),
        "missing configuration": (("serve", "--config", tmp_path / "no.toml"), 2, "no.toml"),
        "broken configuration": (("serve", "--config", tmp_path / "bad.toml"), 2, "TOML"),
        "unknown log level": (("serve", "--log-level", "blah"), 2, "log_level"),
        "unknown setting": (("serve", "--config", tmp_path / "wrong.toml"), 2, "prot"),
        "unusable data folder": ((*serve, f"replay://{recording}", "--data-dir", recording / "x"), 2, "data_dir"),
        "no such address": (
            (*serve, f"replay://{recording}", "--host", "203.0.113.1", "--data-dir", guarded),
            5,
            "--host",
        ),
        "strangers": ((*serve, f"replay://{recording}", "--host", "0.0.0.0"), 2, "palmaris token create"),  # noqa: S104
        "no service": (("watch", "ws://127.0.0.1:9/v1/streams/default/predictions"), 5, "palmaris serve"),
        "no websocket": (("watch", "127.0.0.1:8765"), 2, "ws://HOST:PORT"),
    }


def test_bad_input_is_one_line_of_cause_and_remedy(
    palmaris: Run, tmp_path: Path, tiny_model: Path, recording: Path, subtests: pytest.Subtests
) -> None:
    for name, (words, expected, message) in bad_inputs(tmp_path, tiny_model, recording).items():
        with subtests.test(name):
            code, out, err = palmaris(*words)
            assert re.search(message, err), err
            assert code == expected
            assert out == ""
            assert len(err.splitlines()) == 1


def test_a_port_in_use_is_named(palmaris: Run, recording: Path, tiny_model: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, _, err = palmaris("serve", "--source", f"replay://{recording}", "--model", tiny_model, "--port", port)
    assert code == 5
    assert f"127.0.0.1:{port}" in err
    assert "--port" in err


def test_serve_then_watch_then_stop(recording: Path, tiny_model: Path) -> None:
    with started("--source", f"replay://{recording}?loop=true", "--model", tiny_model) as (process, address):
        url = f"ws://{address}/v1/streams/default/predictions"
        watch = subprocess.Popen(
            [sys.executable, "-m", "service", "watch", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        told = map(json.loads, watch.stdout)
        frames = list(islice((frame for frame in told if frame["type"] != "status"), 5))  # a busy machine may be silent
        process.send_signal(signals.SIGINT)
        _, complaint = watch.communicate(timeout=60)
        rest, errors = process.communicate(timeout=60)
    assert [frame["type"] for frame in frames] == ["hello"] + 4 * ["prediction"]
    assert "first prediction" in rest
    assert "Traceback" not in errors + complaint
    assert process.returncode == 130
    assert watch.returncode == 5
    assert "still running" in complaint


def test_a_reader_that_leaves_is_no_error(recording: Path, tiny_model: Path) -> None:
    command = f"{sys.executable} -m service replay {recording} --model {tiny_model} | head -1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stderr == ""
    assert json.loads(done.stdout)["seq"] == 0


def test_simulate_writes_labelled_recordings(palmaris: Run, tmp_path: Path) -> None:
    assert palmaris("simulate", tmp_path / "users", "--users", 2, "--first", 5, "--seconds", 6)[0] == 0
    files = sorted((tmp_path / "users").iterdir())
    assert [file.name for file in files] == ["user-05.npz", "user-06.npz"]
    with np.load(files[0]) as data:
        assert data["samples"].shape == (24_000, 2)
        assert data["samples"].dtype == np.float32
        assert data["rate_hz"] == 4000
        assert len(set(data["labels"])) >= 2


def test_simulate_writes_sessions_of_an_electrode_grid(palmaris: Run, tmp_path: Path) -> None:
    options = ("--users", 1, "--first", 4, "--seconds", 3, "--session", "day-1")
    assert palmaris("simulate", tmp_path, *options, "--source", "sim://hd-grid?day=1&shift_columns=0.5")[0] == 0
    (trial, *_) = load_trials("simulated-grid", tmp_path)
    assert (trial.subject, trial.session, trial.rate_hz) == ("user-04", "day-1", 1000)
    expected, _ = GridUser(HD_GRID, 1000, 4, donning=Donning(1, 0.0, 0.5)).record(3)
    assert trial.samples.tobytes() == expected[: len(trial.samples)].tobytes()
    assert dataset("simulated-grid").grid is not None
    assert dataset("simulated-grid").grid(tmp_path) == HD_GRID.grid


@pytest.mark.parametrize(("options", "channels"), [("text=sentences&bands=2", 32), ("events=all", 16)])
def test_simulate_writes_what_was_typed_and_when(palmaris: Run, tmp_path: Path, options: str, channels: int) -> None:
    source = f"sim://wristband?{options}"
    assert palmaris("simulate", tmp_path, "--users", 1, "--first", 3, "--seconds", 5, "--source", source)[0] == 0
    (sequence,) = simulated_sequences.load(tmp_path)
    same = open_source(f"{source}&user=3")
    assert isinstance(same, SimulatedSource)
    expected = same.record(5)
    assert (sequence.user, sequence.rate_hz) == ("user-03", 2000)
    assert sequence.signal.shape == (10_000, channels)
    assert sequence.signal.tobytes() == expected.samples.tobytes()
    assert sequence.keys == tuple(marker.text for marker in expected.markers) != ()
    assert sequence.times.tolist() == [marker.index for marker in expected.markers]


def test_simulate_refuses_what_it_cannot_write(palmaris: Run, tmp_path: Path) -> None:
    for option, value, says in (
        ("--session", "../day", "letters, digits and hyphens"),
        ("--source", "replay:///x", "no simulated device"),
        ("--source", "sim://hd-grid?dya=1", "unknown option 'dya'"),
    ):
        code, _, errors = palmaris("simulate", tmp_path / "users", "--seconds", 1, option, value)
        assert code == 2
        assert says in errors


def test_devices_lists_simulated_users(palmaris: Run) -> None:
    code, out, _ = palmaris("devices")
    assert code == 0
    for uri in ("sim://two-channel", "sim://hd-grid", "sim://wristband"):
        assert uri in out


def test_models_are_listed(palmaris: Run) -> None:
    code, out, _ = palmaris("models")
    assert code == 0
    assert "csae-simulated" in out


def test_replay_prints_a_line_per_text(palmaris: Run, tmp_path: Path) -> None:
    model = tiny_sequence_model.write("gru", tmp_path)
    samples = (30 * np.random.default_rng(0).standard_normal((2000, 16))).astype(np.float32)
    np.savez(tmp_path / "band.npz", samples=samples, rate_hz=2000.0)
    code, out, _ = palmaris("replay", tmp_path / "band.npz", "--model", model)
    lines = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert sum(len(line["stable"]) for line in lines) == lines[-1]["settled"] > 0
    assert [line["seq"] for line in lines] == list(range(len(lines)))


def test_serve_takes_a_model_of_text_and_refuses_one_that_cannot_answer_live(palmaris: Run, tmp_path: Path) -> None:
    source = "sim://wristband?text=hello"
    text, offline = (tiny_sequence_model.write(name, tmp_path) for name in ("gru", "offline"))
    with started("--source", source, "--model", text, "--data-dir", tmp_path) as (_, address):
        [info] = httpx.get(f"http://{address}/v1/streams").json()
    assert (info["answers"], info["model"], info["labels"]) == ("text", "gru", ["a", "b", "c"])
    code, _, err = palmaris("serve", "--source", source, "--model", offline, "--data-dir", tmp_path)
    assert code == 4
    assert "reads a recording to its end before it answers" in err
