"""The pace of a relay: calls at the same time, and pauses."""

from microshop.messaging.pace import Pace
from microshop.platform import aws


def _after(pace: Pace, *, seconds: float = 0.01, is_full: bool = True, is_refused: bool = False) -> tuple[int, float]:
    pace.adapt(seconds=seconds, is_full=is_full, is_refused=is_refused)
    return pace.calls, pace.pause_seconds


def test_calls_double_while_the_outbox_is_full_and_the_bus_fast() -> None:
    pace = Pace()

    assert [_after(pace)[0] for _ in range(6)] == [2, 4, 8, 16, 16, 16]


def test_calls_do_not_grow_while_few_events_are_due() -> None:
    assert _after(Pace(), is_full=False) == (1, 0.0)


def test_calls_do_not_grow_while_the_bus_is_busy() -> None:
    assert _after(Pace(), seconds=0.5) == (1, 0.0)


def test_calls_halve_without_a_pause_when_the_bus_is_slow() -> None:
    pace = Pace()
    pace.calls = 8

    assert [_after(pace, seconds=2.0) for _ in range(4)] == [(4, 0.0), (2, 0.0), (1, 0.0), (1, 0.0)]


def test_calls_halve_and_the_pause_doubles_while_the_bus_refuses() -> None:
    pace = Pace()
    pace.calls = 8

    refused = [_after(pace, is_refused=True) for _ in range(5)]

    assert refused == [(4, 0.5), (2, 1.0), (1, 2.0), (1, 4.0), (1, 5.0)]
    assert _after(pace) == (2, 0.0)


def test_client_keeps_a_connection_for_each_call(environment: None) -> None:
    aws.event_bridge.cache_clear()
    pace = Pace()
    while pace.calls < _after(pace)[0]:
        pass

    assert aws.event_bridge().meta.config.max_pool_connections == pace.calls  # type: ignore[attr-defined]
