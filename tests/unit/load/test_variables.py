"""The variables of `make load`."""

from pathlib import Path

import pytest

from tests.support.table_rows import not_refused
from tools.load.variables import LoadVariables
from tools.problems import LocalProblem


def test_rate_duration_and_accepted_errors_have_defaults() -> None:
    given = LoadVariables.read("load", [], {})

    assert (given.rate, given.duration, given.errors, given.force) == (20, 30, 1, False)


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("RATE=0", "RATE must be a whole number from 1 to 5000"),
        ("RATE=2.5", "RATE must be a whole number from 1 to 5000"),
        ("DURATION=3601", "DURATION must be a whole number from 1 to 3600"),
        ("ERRORS=-1", "ERRORS must be a whole number from 0 to 100"),
        ("FORCE=no", "FORCE must be yes or left out"),
        (
            "STACK=microshop-dev",
            "make load accepts URL, RATE, DURATION, ERRORS, STAGE, EMAIL, RESULT, FORCE, not STACK",
        ),
    ],
)
def test_a_wrong_variable_is_refused_in_a_sentence(word: str, reason: str) -> None:
    assert not_refused(lambda each: LoadVariables.read("load", [each], {}), [word], reason, LocalProblem) == []


def test_a_result_that_cannot_be_written_is_refused_before_the_test(tmp_path: Path) -> None:
    words = [f"RESULT={tmp_path}", f"RESULT={tmp_path}/missing/load.md"]
    reason = "RESULT must be a file in an existing folder"

    assert not_refused(lambda each: LoadVariables.read("load", [each], {}), words, reason, LocalProblem) == []
    assert LoadVariables.read("load", [f"RESULT={tmp_path}/load.md"], {}).result == tmp_path / "load.md"
