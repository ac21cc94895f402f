"""The relay against a bus that answers in 10 ms: `python -m tests.benchmarks.relay` prints its section."""

from tests.benchmarks.relay.section import measure

__all__ = ["measure"]
