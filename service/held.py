"""After a silence: are these samples of now, or were they held up on their way?

A radio, a proxy or a process that was stopped hands over what it kept, faster than it was measured. Predictions of such
samples would run through gestures of seconds ago in an instant.
"""

from collections import deque
from typing import Final

#: Share of its own length in which a window of samples must at least have come, to count as measured meanwhile.
PACE: Final = 0.8


class HeldUp:
    """Fed with what comes after a silence, tells when it is current."""

    def __init__(self, silent_s: float, now: float, window_s: float) -> None:
        self._began, self._silent_s, self._window_s = now, silent_s, window_s
        self._given_s = 0.0
        self._recent: deque[tuple[float, float]] = deque()  # when samples came, and the seconds of signal until then

    def current(self, now: float, length_s: float) -> bool:
        """Take ``length_s`` of signal that came now; whether it ends with the present.

        It does when more has come than can have been held up, or when a whole window came at the pace of measuring:
        then nothing was held up, and the hole before it has left the window.
        """
        self._given_s += length_s
        self._recent.append((now, self._given_s))
        while len(self._recent) > 2 and self._given_s - self._recent[1][1] >= self._window_s:
            self._recent.popleft()
        since, before_s = self._recent[0]
        whole = self._given_s - before_s >= self._window_s
        at_pace = whole and now - since >= PACE * (self._given_s - before_s)
        return at_pace or self._given_s >= self._silent_s + now - self._began
