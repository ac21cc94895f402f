"""The pace of a relay: how many calls to the bus run at the same time, and how long it pauses when the bus fails."""

_MOST_CALLS = 16
# EventBridge answers in tens of milliseconds. A bus that takes longer is busy, and more calls would only wait longer.
_FAST_SECONDS = 0.25
_SLOW_SECONDS = 1.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0


class Pace:
    """The calls at the same time double while all of them are needed and fast, and halve when the bus is in trouble.

    A run begins with one call, so a few events open one connection, and a bus with a small quota is not overrun.
    """

    def __init__(self) -> None:
        self.calls = 1
        self.pause_seconds = 0.0

    def adapt(self, *, seconds: float, is_full: bool, is_refused: bool) -> None:
        """Adapt to the answers to the last calls, which took `seconds` together.

        Args:
            is_full: as many events were due as the calls can take.
            is_refused: a call failed, or the bus throttled an entry.
        """
        if is_refused:
            self.pause_seconds = min(max(2 * self.pause_seconds, _FIRST_PAUSE_SECONDS), _LONGEST_PAUSE_SECONDS)
        else:
            self.pause_seconds = 0.0
        if is_refused or seconds > _SLOW_SECONDS:
            self.calls = max(self.calls // 2, 1)
        elif is_full and seconds < _FAST_SECONDS:
            self.calls = min(self.calls * 2, _MOST_CALLS)
