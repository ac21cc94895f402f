"""Where `sam local start-api` answers otherwise than API Gateway; everything else of the contract holds behind both."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Difference:
    """`tests` is found in the ids of the tests that it breaks."""

    reason: str
    tests: str


DIFFERENCES: tuple[Difference, ...] = ()


def expect_differences(items: list[pytest.Item]) -> None:
    """Have every test that a difference breaks fail, and every difference break a test: none can go unnoticed."""
    for difference in DIFFERENCES:
        broken = [item for item in items if re.search(difference.tests, item.nodeid)]
        for item in broken:
            item.add_marker(pytest.mark.xfail(reason=difference.reason, strict=True))
