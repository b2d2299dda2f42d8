"""From the packet numbers of a board whose rules nobody states to the number of missing samples."""


class PacketCounter:
    """Says how many samples are missing before each one.

    Boards differ in where their numbers begin and wrap, in the step between packets (Cyton with Daisy: 2) and in how
    many samples share a number. All three are learned, so a loss at the very first wrap is counted too low.
    """

    def __init__(self) -> None:
        self._last: int | None = None
        self._lowest = self._highest = 0
        self._step = 0  # the smallest seen; 0 until one was
        self._same = 1  # samples so far with the last number
        self._shared = 1  # samples of a whole packet

    def missing(self, number: int) -> int:
        """How many samples are missing between the sample before and this one, which has ``number``."""
        if self._last is None:
            self._last = self._lowest = self._highest = number
            return 0
        if number == self._last:
            self._same += 1
            return 0
        advance = self._advance(number)
        self._step = min(self._step, advance) if self._step else advance
        self._shared = max(self._shared, self._same)
        self._last, self._same = number, 1
        return (advance // self._step - 1) * self._shared

    def _advance(self, number: int) -> int:
        """How far the numbers went on, over the wrap if they fell."""
        self._lowest, self._highest = min(self._lowest, number), max(self._highest, number)
        advance = number - (self._last or 0)
        return advance if advance > 0 else advance + self._highest - self._lowest + max(self._step, 1)
