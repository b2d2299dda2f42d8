"""The page docs/calibration.md, its program run beside a user who does as prompted."""

import re
import threading
from pathlib import Path

import httpx
from clinic import Clinic, User
from serving import UNHURRIED, HandFedSource, serving, wait_for
from tiny_model import write_tiny_model

from models.pipeline.decision import DecisionSpec
from models.pipeline.recognizer import load_recognizer
from models.runtime import load_model
from service.live import Live

PAGE = (Path(__file__).parents[2] / "docs" / "calibration.md").read_text(encoding="utf-8")
(PROGRAM,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_the_program_calibrates_a_user(tmp_path, capsys):
    source = HandFedSource()
    model = load_model(str(write_tiny_model(tmp_path)))
    live = Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNHURRIED)
    with serving(live, data_dir=tmp_path / "data") as address:
        text = PROGRAM.replace("127.0.0.1:8765", address)
        reader = threading.Thread(target=exec, args=(compile(text, "calibration.md", "exec"), {}))
        reader.start()
        clinic = Clinic(address)
        wait_for(lambda: bool(calibrations(clinic)))
        (known,) = calibrations(clinic)
        with clinic.watching(known["calibration"]) as watcher:
            watcher.follow(User(source))
        reader.join(60)
        assert not reader.is_alive()
        (head,) = clinic.ask("GET", "/users/p-17/heads").json()
    assert (head["version"], head["active"], head["labels"]) == (1, True, ["fist", "point"])
    assert "Now: fist. Hold until told to relax." in capsys.readouterr().out


def calibrations(clinic: Clinic) -> list[dict]:
    answer = clinic.ask("GET", "/users/p-17/calibrations")
    return answer.json() if answer.is_success else []


def test_every_request_of_the_table_exists(tmp_path):
    source = HandFedSource()
    model = load_model(str(write_tiny_model(tmp_path)))
    with serving(Live("default", lambda: source, load_recognizer(model, DecisionSpec()), UNHURRIED)) as address:
        paths = httpx.get(f"http://{address}/openapi.json").json()["paths"]
    known = {re.sub(r"\{.*?\}", "{}", path.removeprefix("/v1")): set(methods) for path, methods in paths.items()}
    for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/[^`]*)`", PAGE):
        assert method.lower() in known[re.sub(r"\{.*?\}", "{}", path)], path
