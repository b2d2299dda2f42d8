"""A fitted head on its stream to be tried, before anybody accepts it; the head of before comes back."""

import threading

from models.runtime import Head
from service.answers import Answers
from service.messages import HeadInfo


class Tryout:
    """Called from any thread."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._tried: Head | None = None
        self._before: tuple[Head | None, HeadInfo] | None = None
        self._lock = threading.Lock()

    @property
    def on(self) -> bool:
        """Whether the stream answers with the tried head: somebody may have put another one on it."""
        tried = self._tried
        return tried is not None and self._answers.head is tried

    def concerns(self, user: str) -> bool:
        """Whether a head of this user is tried, or waits to come back."""
        with self._lock:
            return self._before is not None and user in (self._answers.worn.user, self._before[1].user)

    def begin(self, head: Head, user: str) -> bool:
        """Put it on the stream; whether anything changed. Raises ``ModelMismatch`` if it does not fit."""
        with self._lock:
            if self.on:
                return False
            self._before = self._answers.wear(head, HeadInfo(user=user, version=None))
            self._tried = head
            return True

    def end(self) -> bool:
        """Put the head of before on it again, unless somebody chose another one; whether anything was tried."""
        with self._lock:
            before, was_on = self._before, self.on
            self._tried = self._before = None
            if before is not None and was_on:
                self._answers.wear(*before)
            return before is not None
