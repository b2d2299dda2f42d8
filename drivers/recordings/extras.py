"""Libraries that only some formats need."""

from importlib import import_module
from types import ModuleType

from drivers.errors import RecordingError


def require(name: str) -> ModuleType:
    """An optional library. Raises ``RecordingError`` that says how to install it."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise RecordingError(f"this format needs {name}: pip install 'palmaris[recordings]'") from error
