"""Libraries that only some data sets and models need."""

from importlib import import_module
from types import ModuleType


def require(name: str, extra: str, error: type[Exception]) -> ModuleType:
    """An optional library. Raises the error, which says how to install it."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        raise error(f"this needs {name}: pip install 'palmaris[{extra}]'") from missing
