"""The settings of `make run` in the environment."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.table_rows import wrong_answers
from tools import ROOT
from tools.local.settings import Settings, read_settings
from tools.problems import LocalProblem

_NAME = re.compile(r"[A-Z]+(?:_[A-Z]+)+|LOG|PATH|TERM|TZ|LANG")
# Variables that the local stack sets for programs, variables of terminals, and fields of /etc/os-release.
_NOT_FOR_DEVELOPERS = {
    *("PATH", "TERM", "TZ", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DEBIAN_FRONTEND", "PYTHONPATH"),
    *("LAMBDA_TASK_ROOT", "VERSION_CODENAME", "VERSION_ID", "SEALING_KEY"),
}


def test_settings_are_read_from_the_environment() -> None:
    rows: list[tuple[Mapping[str, str], bool, Settings]] = [
        ({}, True, Settings(coloured=True)),
        ({}, False, Settings(readable=False)),
        ({"NO_COLOR": "1"}, True, Settings()),
        ({"NO_COLOR": ""}, True, Settings(coloured=True)),
        ({"TERM": "dumb"}, True, Settings()),
        ({"LOG_FORMAT": "json"}, True, Settings(readable=False)),
        ({"LOG_FORMAT": "text", "LOCAL_THROTTLE": "on"}, False, Settings()),
        ({"LOCAL_THROTTLE": "off"}, True, Settings(throttle=False, coloured=True)),
        ({"LOG": "debug"}, False, Settings(readable=False, debug=True)),
    ]

    def read(environment: Mapping[str, str], is_terminal: bool) -> Settings:
        return read_settings(environment, is_terminal=is_terminal)

    assert wrong_answers(read, rows) == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml', but must be json or text"),
        ({"LOG": "all"}, "LOG is 'all', but must be info or debug"),
        ({"LOCAL_THROTTLE": "no"}, "LOCAL_THROTTLE is 'no', but must be on or off"),
    ],
)
def test_message_about_an_unknown_value_lists_the_choices(environment: Mapping[str, str], said: str) -> None:
    with pytest.raises(LocalProblem, match=said):
        read_settings(environment, is_terminal=False)


def test_guide_lists_every_variable_that_the_local_stack_reads() -> None:
    read = {name for file in (ROOT / "tools" / "local").rglob("*.py") for name in _variables_in(file)}
    guide = (ROOT / "docs" / "local-stack.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z_]+)(?:=[^`]*)?` \|", guide, re.MULTILINE))

    assert {"NO_COLOR", "MICROSHOP_REDIS_URL", "MICROSHOP_STRIPE_SECRET_KEY", "SSL_CERT_FILE"} <= read
    assert read <= listed


def _variables_in(file: Path) -> Iterator[str]:
    """Yields each text of a module with environments that looks like the name of a variable, however it is used."""
    code = file.read_text(encoding="utf-8")
    if re.search(r"\b(os\.environ|environment)\b", code):
        for node in ast.walk(ast.parse(code)):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            if _NAME.fullmatch(text) and not text.startswith("AWS_") and text not in _NOT_FOR_DEVELOPERS:
                yield text
