"""The result page of a load test and its verdict."""

import pytest

from tools.load.measurements import NO_ANSWER, Measurements
from tools.load.result_page import Plan, Result
from tools.load.steps import LIST_PRODUCTS, PLACE_ORDER


def test_the_page_has_a_row_per_step_and_names_the_errors() -> None:
    page = list(_result(ok=97, errors=3, accepted=5).text())

    assert page[0] == "Load test of http://127.0.0.1:3000"
    steps = page[2 : page.index("", 2)]
    rows = {line.split("  ")[0]: line.split() for line in steps}
    assert rows["list products"][2:] == ["97", "9.7", "49", "88", "97", "97", "0", "0"]
    assert rows["place order"][2:] == ["3", "0.3", "1000", "1000", "1000", "1000", "3", "0"]
    assert rows["all"][1:] == ["100", "10.0", "50", "90", "1000", "1000", "3", "0"]
    assert "place order  409        out-of-stock         2" in page
    assert "place order  no answer  TimeoutError         1" in page
    assert "verdict    passed: 3.0% errors, at most 5 % accepted" in page


@pytest.mark.parametrize(
    ("errors", "throttled", "verdict"),
    [
        (1, 0, "passed"),
        (2, 0, "failed: 2.0% errors, more than 1 %"),
        (0, 2, "throttled: 2.0% of the requests got 429"),
    ],
)
def test_the_verdict_depends_on_the_accepted_share(errors: int, throttled: int, verdict: str) -> None:
    result = _result(ok=100 - errors - throttled, errors=errors, throttled=throttled, accepted=1)

    assert result.failed is (verdict != "passed")
    assert f"- **verdict**: {verdict}" in result.markdown()


def test_a_late_generator_is_named_as_the_bottleneck() -> None:
    result = _result(ok=10)
    assert not result.generator_is_bottleneck

    result.measured.lateness.extend([0.2] * 5)

    assert any(line.startswith("bottleneck  the generator") for line in result.text())


def test_a_shop_that_cannot_keep_up_is_named() -> None:
    result = _result(ok=100)
    result.measured.elapsed = 30

    assert any(line.startswith("backlog") for line in result.text())


def _result(*, ok: int, errors: int = 0, throttled: int = 0, accepted: int = 1) -> Result:
    measured = Measurements(intended_journeys=20, completed_journeys=20, elapsed=10.0)
    measured.lateness.extend([0.001] * 20)
    for n in range(1, ok + 1):
        measured.add(LIST_PRODUCTS, n / 1000, 200)
    for n in range(errors):
        measured.add(PLACE_ORDER, 1, *((NO_ANSWER, "TimeoutError") if n == 2 else (409, "out-of-stock")))
    for _ in range(throttled):
        measured.add(PLACE_ORDER, 0.001, 429, "too-many-requests")
    plan = Plan("Load test of http://127.0.0.1:3000", 10, 2.0, 10, accepted)
    return Result(plan, measured, ["5 accounts remain"])
