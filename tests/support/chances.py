"""How often what may go wrong does go wrong in a random sequence."""

from dataclasses import dataclass

from hypothesis import strategies as st

from tests.support.failing_database import AFTER_COMMIT
from tests.support.intruders import DEEDS
from tests.support.unreliable_provider import Failure


@dataclass(frozen=True)
class Trouble:
    """After how many statements the connection is lost, how the provider fails, and who gets in between, and when."""

    lost: int | None = None
    failure: Failure | None = None
    between: tuple[int, str] | None = None


NO_TROUBLE = Trouble()
NTH = st.integers(0, 9)
RARELY, HARDLY_EVER = st.sampled_from([False] * 3 + [True]), st.sampled_from([False] * 11 + [True])
# Of one transaction, and of use cases that have several with a question to the provider between them.
LOST = st.sampled_from([None] * 20 + [AFTER_COMMIT] * 4 + list(range(1, 13)))
_LOST_ON_THE_WAY = st.sampled_from([AFTER_COMMIT] * 4 + list(range(1, 31)))
_FAILURE = st.sampled_from(
    [
        *(Failure(way, call) for way in ("away", "unsure", "unsure though done") for call in (0, 1, 2)),
        Failure("unsure though done", 0),
        Failure("refused", 0),
    ]
)
_BETWEEN = st.tuples(st.integers(1, 24), st.sampled_from(DEEDS))
# One at a time, so that a failing sequence says what it takes.
TROUBLE = st.one_of(
    st.just(NO_TROUBLE),
    st.just(NO_TROUBLE),
    st.builds(Trouble, lost=_LOST_ON_THE_WAY),
    st.builds(Trouble, failure=_FAILURE),
    st.builds(Trouble, between=_BETWEEN),
)
TROUBLE_OF_ORDERS = st.one_of(st.builds(Trouble, lost=LOST), st.builds(Trouble, between=_BETWEEN))
REFUNDS_BECOME = st.sampled_from(["succeeded"] * 3 + ["pending"] * 3 + ["failed"])
