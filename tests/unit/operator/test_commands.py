"""The operator's commands before they call a stack: variables, password and exit status."""

import getpass
import re
import signal
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.support.table_rows import wrong_answers
from tools.operator import cli
from tools.operator.accounts import make_admin, password_of
from tools.operator.commands import COMMANDS
from tools.operator.erasures import replay_erasures
from tools.operator.read_only import set_read_only
from tools.operator.stacks import LocalStack, OperatorMistake
from tools.operator.variables import Variables
from tools.problems import LocalProblem
from tools.setup.command_line import MAKEFILE, tasks_in

_ADA = "ada@example.com"


@pytest.fixture(autouse=True)
def _kept_signals() -> Iterator[None]:
    """Restores the signals that `main` sets for its process. Otherwise a closed socket would end the tests' process."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGPIPE, signal.SIGINT)}
    yield
    for number, action in kept.items():
        signal.signal(number, action)


def test_command_reports_a_mistake_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LocalStack, "invoke", Mock(side_effect=AssertionError))
    rows = [
        ("admin", "make admin needs EMAIL=…"),
        ("admin EMAIL=ada", "EMAIL must be an email address such as name@example.com, not ada"),
        (f"admin EMIAL={_ADA}", "make admin accepts EMAIL, CREATE, REVOKE, STACK, not EMIAL"),
        (f"admin {_ADA}", f"make admin does not accept {_ADA}, only EMAIL=…, CREATE=…, REVOKE=…, STACK=…"),
        (f"admin EMAIL={_ADA} CREATE=yes REVOKE=yes", "CREATE=yes or REVOKE=yes: write one of them, not both"),
        (f"admin EMAIL={_ADA} CREATE=true", "CREATE must be yes or left out, not true"),
        ("migrate STACK=my_shop", "STACK must be the name of a stack, such as microshop-prod, not my_shop"),
        ("reconcile DAYS=3 FULL=yes", "DAYS=… or FULL=yes: write one of them, not both"),
        ("reconcile DAYS=0", "DAYS must be a whole number of days from 1 to 36500, not 0"),
        ("redrive", "make redrive needs QUEUE=…, and ID=… or ALL=yes: `make dead-letters` lists queues and messages"),
        ("redrive QUEUE=Mail", "make redrive needs ID=… or ALL=yes: `make dead-letters` lists queues and messages"),
        ("redrive QUEUE=OrderCount ID=1 ALL=yes", "ID=… or ALL=yes: write one of them, not both"),
        (
            "replay",
            "make replay needs FROM=2026-11-24T10:00Z to start a replay, or STATUS=… to show the progress of one",
        ),
        ("replay FROM=yesterday", "FROM must be a time with an offset, such as 2026-11-24T10:00Z, not yesterday"),
        ("replay FROM=2026-11-24", "FROM must be a time with an offset, such as 2026-11-24T10:00Z, not 2026-11-24"),
        ("replay FROM=2026-11-24T10:00Z QUEUE=,", "QUEUE must be a name, or several names separated by commas, not ,"),
        ("replay EVENTS=OrderPaid STATUS=x", "STATUS=… only shows a replay: leave out the other variables"),
        ("read-only ON=", "ON is empty: write a value, or leave it out"),
        ("read-only ON=reason OFF=yes", 'ON="reason" or OFF=yes: write one of them, not both'),
    ]

    assert (
        wrong_answers(
            lambda line: _ended(line, monkeypatch), [(line, f"microshop: {expected}") for line, expected in rows]
        )
        == []
    )
    assert capsys.readouterr().out == ""


def test_commands_take_the_variables_that_make_help_lists() -> None:
    tasks = tasks_in(MAKEFILE.read_text(encoding="utf-8"))

    shown = {name: {*tasks[name].examples, *tasks[name].of_group} for name in COMMANDS}

    taken = {
        name: {field.alias for field in command.variables.model_fields.values()} for name, command in COMMANDS.items()
    }
    assert shown == taken


def test_reason_for_read_only_is_passed_on_as_typed() -> None:
    # make expands the ON that it exports: "0, OME".
    environment = {"MAKEFLAGS": r' -- ON=costs\ $$10,\ "$$HOME"', "ON": "costs 0, OME"}

    given = COMMANDS["read-only"].variables.read("read-only", [], environment)

    assert given.on == 'costs $10, "$HOME"'


def test_read_only_without_variables_changes_nothing() -> None:
    stack = Mock()
    stack.invoke.return_value = {"read_only": False, "remembered_seconds": 0}

    list(set_read_only(stack, on=None, off=False))

    stack.invoke.assert_called_once_with("SetReadOnlyFunction")


def test_replay_of_erasures_continues_until_it_is_complete() -> None:
    stack = Mock()
    stack.name = "the local stack"
    stack.invoke.side_effect = [
        {"tombstones": 1000, "erased": 3, "complete": False},
        {"tombstones": 1200, "erased": 2, "complete": True},
    ]

    lines = list(replay_erasures(stack))

    assert lines == ["3 accounts erased so far.", "the local stack: 1200 tombstones, 5 accounts erased again."]


def test_variables_of_other_commands_in_makeflags_are_ignored() -> None:
    given = Variables.read("migrate", [], {"MAKEFLAGS": "w -- WORKERS=4", "STACK": "microshop-dev"})

    assert given.stack == "microshop-dev"


def test_password_without_a_terminal_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROSHOP_ADMIN_PASSWORD", raising=False)
    no_terminal = Mock(side_effect=EOFError)

    with pytest.raises(LocalProblem, match=r"is needed: .* or set the variable MICROSHOP_ADMIN_PASSWORD$"):
        password_of(_ADA, no_terminal)
    monkeypatch.setenv("MICROSHOP_ADMIN_PASSWORD", "correct horse")
    assert password_of(_ADA, no_terminal) == "correct horse"


def test_password_is_not_read_when_the_terminal_would_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MICROSHOP_ADMIN_PASSWORD", raising=False)

    with pytest.raises(LocalProblem, match="type it at a terminal"):
        password_of(_ADA, lambda _: str(warnings.warn("echo", getpass.GetPassWarning, stacklevel=1)))


def test_unknown_account_is_refused_with_a_hint_to_create_it() -> None:
    stack = Mock()
    stack.invoke.side_effect = OperatorMistake({"kind": "NotFound", "explanation": "", "fields": []})

    with pytest.raises(LocalProblem, match=f"nobody is registered as {re.escape(_ADA)}: CREATE=yes registers"):
        list(make_admin(stack, _ADA, create=False))


def test_mistake_names_the_variable_that_the_operator_wrote() -> None:
    mistake = {
        "kind": "InvalidInput",
        "explanation": "queues: …",
        "fields": [{"field": "queues", "reason": "must be …"}],
    }

    assert str(OperatorMistake(mistake)) == "QUEUE must be …"


def test_interrupted_command_exits_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(LocalStack, "invoke", Mock(side_effect=KeyboardInterrupt))

    assert _ended("reconcile", monkeypatch) == 128 + signal.SIGINT
    assert capsys.readouterr().err == "\nmicroshop: stopped; a function that was already called still runs to its end\n"


def test_command_without_a_shop_says_how_to_start_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = _ended("migrations", monkeypatch, data_folder=tmp_path)

    assert said == "microshop: the shop is not running: start it with `make run`"


def _ended(line: str, monkeypatch: pytest.MonkeyPatch, data_folder: Path = Path("nowhere")) -> object:
    monkeypatch.setattr(sys, "argv", ["operator", "--data-folder", str(data_folder), *line.split()])
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code
