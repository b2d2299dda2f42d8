"""What is kept of users: rows in a database, files beside it. ``Store`` is the door."""

from calibration.store.store import Store

__all__ = ["Store"]
