"""Which stacks get the demo catalogue."""

from unittest.mock import Mock

import pytest

from tools.operator.seeding import seed
from tools.problems import LocalProblem


def test_seeding_is_refused_when_the_stack_serves_customers() -> None:
    stack = Mock()
    stack.name = "microshop-prod"

    with pytest.raises(LocalProblem, match="FORCE=yes"):
        list(seed(stack, email="ada@example.com", force=False))
