"""How often what may go wrong does go wrong in a random sequence."""

from hypothesis import strategies as st

from tests.support.failing_database import AFTER_COMMIT
from tests.support.unreliable_provider import Failure

NTH = st.integers(0, 9)
RARELY, HARDLY_EVER = st.sampled_from([False] * 3 + [True]), st.sampled_from([False] * 11 + [True])
# After how many statements the connection is lost; mostly it is not.
LOST = st.sampled_from([None] * 20 + [AFTER_COMMIT] * 4 + list(range(1, 13)))
# The same for use cases of several transactions.
LOST_LATER = st.sampled_from([None] * 30 + [AFTER_COMMIT] * 4 + list(range(1, 31)))
# How and at which of its calls the provider fails.
FAILURE = st.sampled_from(
    [None] * 12
    + [Failure("away", 0), Failure("away", 1), Failure("refused", 0)]
    + [Failure("unsure", 0), Failure("unsure though done", 0), Failure("unsure though done", 1)] * 2
)
# Who gets in between, and after which statement; mostly nobody.
BETWEEN = (
    st.none()
    | st.none()
    | st.none()
    | st.tuples(
        st.integers(1, 24),
        st.sampled_from(
            ["cancel", "confirm", "ship", "refund", "start", "pay", "pay and tell", "tell", "expire", "resolve"]
        ),
    )
)
REFUNDS_BECOME = st.sampled_from(["succeeded"] * 4 + ["pending"] * 2 + ["failed"])
