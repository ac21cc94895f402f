"""Hypothesis strategies for the faults in a random sequence, and how frequent they are."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.support.concurrent_actions import ACTIONS
from tests.support.failing_database import AFTER_COMMIT
from tests.support.unreliable_provider import Failure


@dataclass(frozen=True)
class Faults:
    """After how many statements the connection is lost, how the provider fails, and which action runs concurrently."""

    lost: int | None = None
    failure: Failure | None = None
    between: tuple[int, str] | None = None


NO_FAULTS = Faults()
NTH = st.integers(0, 9)
RARELY, VERY_RARELY = st.sampled_from([False] * 3 + [True]), st.sampled_from([False] * 11 + [True])
# For one transaction, and for use cases of several transactions with calls of the provider between them.
LOST = st.sampled_from([None] * 20 + [AFTER_COMMIT] * 4 + list(range(1, 13)))
_LOST_IN_USE_CASE = st.sampled_from([AFTER_COMMIT] * 4 + list(range(1, 31)))
_FAILURE = st.sampled_from(
    [
        *(Failure(way, call) for way in ("unavailable", "unknown", "unknown though done") for call in (0, 1, 2)),
        Failure("unknown though done", 0),
        Failure("refused", 0),
    ]
)
_CONCURRENT = st.tuples(st.integers(1, 24), st.sampled_from(ACTIONS))
# At most one fault at a time, so that a failing sequence shows its cause.
FAULTS = st.one_of(
    st.just(NO_FAULTS),
    st.just(NO_FAULTS),
    st.builds(Faults, lost=_LOST_IN_USE_CASE),
    st.builds(Faults, failure=_FAILURE),
    st.builds(Faults, between=_CONCURRENT),
)
ORDER_FAULTS = st.one_of(st.builds(Faults, lost=LOST), st.builds(Faults, between=_CONCURRENT))
REFUND_STATUS = st.sampled_from(["succeeded"] * 3 + ["pending"] * 3 + ["failed"])
