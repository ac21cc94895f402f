"""Mistakes in a make command line, and make's help."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.table_rows import wrong_answers
from tools import ROOT
from tools.setup.command_line import MAKEFILE, mistakes, tasks_in, typed_variables
from tools.templates import stages

_MAKEFILE = MAKEFILE.read_text(encoding="utf-8")
_REFERENCE = re.compile(r"\$[({]([A-Z][A-Z0-9_]*)[)}]|\$\$([A-Z][A-Z0-9_]*)")
_OF_MAKE = {"CURDIR", "MAKECMDGOALS", "MAKEFILE_LIST", "MAKELEVEL", "MAKEOVERRIDES", "PATH"}


def test_make_reports_a_mistake_in_one_sentence_before_it_does_anything() -> None:
    rows = [
        ("admin EMIAL=a@b.example", "make admin accepts EMAIL, CREATE, REVOKE, STACK, not EMIAL; did you mean EMAIL?"),
        ("admin EMAIL=", "EMAIL is empty: write a value, such as EMAIL=you@example.com"),
        ("admin EMAIL=a@b.example CREATE=true", "CREATE must be yes or left out, not true"),
        ("amdin", "there is no task amdin: did you mean admin; `make help` lists the tasks"),
        ("tests", "there is no task tests: did you mean test; `make help` lists the tasks"),
        ("tools/local", "there is no task tools/local: a variable is written NAME=value; `make help` lists the tasks"),
        ("sessions a@b", "there is no task a@b: a variable is written NAME=value; `make help` lists the tasks"),
        ("deploy STAGE=nope", "STAGE must be dev, staging or prod, not nope"),
        ("deploy FRIST=yes", "make deploy accepts STAGE, FIRST, ALARMS, REDEPLOY, not FRIST; did you mean FIRST?"),
        ("reconcile DAYS=many", "DAYS must be a whole number, not many"),
        (
            "run LOG_FORMT=json",
            "make run accepts PORT, LOCAL_THROTTLE, LOG, LOG_FORMAT, not LOG_FORMT; did you mean LOG_FORMAT?",
        ),
        ("invoke", "make invoke needs FUNCTION=…, such as FUNCTION=place_order"),
        ("lint FIX=yes", "make lint accepts no variables: remove FIX"),
    ]

    def answered(line: str) -> tuple[int, str, list[str]]:
        ended = _make(*line.split())
        return ended.returncode, ended.stdout, [said for said in ended.stderr.splitlines() if "***" not in said]

    assert wrong_answers(answered, [(line, (2, "", [f"microshop: {expected}"])) for line, expected in rows]) == []


def test_settings_of_other_programs_are_accepted() -> None:
    given = {"AWS_REGION": "eu-central-1", "MICROSHOP_ADMIN_PASSWORD": "x", "PYTEST": "true", "WORKERS": "auto"}

    assert not list(mistakes(["test"], given, _MAKEFILE))
    assert _make("unit", "PYTEST=true", MAKELEVEL="1", MAKEFLAGS=" -- ENV=x").returncode == 0


@pytest.mark.parametrize(("given", "expected"), [({"AWS_REGION": "eu-west-1"}, "eu-west-1"), ({}, "us-east-2")])
def test_region_of_the_aws_command_line_reaches_sam_and_boto3(given: dict[str, str], expected: str) -> None:
    said = _make("unit", "PYTEST=printenv AWS_DEFAULT_REGION;:", **{"AWS_DEFAULT_REGION": "us-east-2"} | given)

    assert said.stdout.splitlines()[-1] == expected


def test_variables_are_read_as_typed(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text('show:\n\t@printf %s "$$MAKEFLAGS"\n', encoding="utf-8")
    given = {"ON": """$HOME costs 5 $, it's \\ "back" | soon;""", "ID": "a=b", "EMPTY": ""}

    line = [f"{name}={value}" for name, value in given.items()]
    flags = _run(["make", "-k", "show", *line], tmp_path).stdout

    assert typed_variables({"MAKEFLAGS": flags}) == given


def test_help_names_every_variable_that_a_task_uses() -> None:
    tasks = tasks_in(_MAKEFILE)
    set_here = set(re.findall(r"^(?:export )?([A-Z_]+) *:?=", _MAKEFILE, re.MULTILINE))

    missing, task = [], ""
    for line in _MAKEFILE.splitlines():
        if match := re.match(r"([a-z0-9-]+):", line):
            task = match[1]
        elif line.startswith("\t") and task in tasks:
            names = {name for pair in _REFERENCE.findall(line) for name in pair if name}
            known = {*tasks[task].examples, *tasks[task].of_group, *set_here, *_OF_MAKE}
            missing += [f"{task}: {name}" for name in names - known]

    assert missing == []


def test_help_fits_a_terminal_of_80_columns_and_names_the_stages() -> None:
    shown = _make("help").stdout

    assert all(len(line) <= 80 for line in shown.splitlines())
    assert f"STAGE={'|'.join(stages.NAMES)}" in shown


def test_format_repairs_files_and_lists_the_rest(tmp_path: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "long.py").write_text(f'"""x."""\nx = [{", ".join(["1000000"] * 20)}]\n', encoding="utf-8")
    planned = _make("--dry-run", "format", f"BIN={ROOT / '.venv/bin'}").stdout
    recipe = next(line for line in planned.splitlines() if "ruff format" in line)

    mended = _run(["sh", "-c", recipe], tmp_path)
    (tmp_path / "bad.py").write_text('"""x."""\nimport os\nprint( undefined_name )\n', encoding="utf-8")
    left = _run(["sh", "-c", recipe], tmp_path)

    assert (mended.returncode, left.returncode) == (0, 1), mended.stdout
    assert "undefined_name" in left.stdout
    assert "print(undefined_name)" in (tmp_path / "bad.py").read_text(encoding="utf-8")


def _make(*line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return _run(["make", *line], ROOT, **environment)


def _run(command: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    dropped = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "AWS_REGION"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return subprocess.run(command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, check=False)
