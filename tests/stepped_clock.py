"""The wall clock, as someone has set it."""

from datetime import datetime, timedelta, tzinfo
from typing import Self


class SteppedClock(datetime):
    """In place of ``datetime``: its time is so much ahead, or behind."""

    step = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + cls.step
