"""What the drivers' tests share: emulated boards, and the faults of a hostile wire."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import emulators as emulated
import pytest


def _load(name: str) -> ModuleType:
    """A helper beside this file; pytest's importlib mode puts no test folder on the path."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


for _name in ("wire_faults", "talkers", "rigs", "fleet"):  # each may import those before it
    _load(_name)


@pytest.fixture(scope="session")
def emulators() -> ModuleType:
    return emulated


@pytest.fixture(scope="session")
def wire_faults() -> ModuleType:
    return _load("wire_faults")
