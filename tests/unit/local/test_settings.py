"""Settings of `make run` in the environment."""

import re
from collections.abc import Mapping

import pytest

from tests.support.table_rows import wrong_answers
from tools import ROOT
from tools.local.settings import Settings, read_settings
from tools.problems import LocalProblem

# Code reads a variable from a mapping, or by a constant that ends in _URL.
_READ = re.compile(r'(?:os\.environ|\benvironment|_choice\(environment)(?:\.get\(|\[|, )"([A-Z_]+)"|_URL = "([A-Z_]+)"')


def test_environment_chooses_the_settings() -> None:
    rows: list[tuple[Mapping[str, str], bool, Settings]] = [
        ({}, True, Settings(coloured=True)),
        ({}, False, Settings()),
        ({"NO_COLOR": "1"}, True, Settings()),
        ({"NO_COLOR": ""}, True, Settings(coloured=True)),
        ({"TERM": "dumb"}, True, Settings()),
        ({"LOG_FORMAT": "json"}, True, Settings(readable=False)),
        ({"LOG_FORMAT": "text", "LOCAL_THROTTLE": "on"}, False, Settings()),
        ({"LOCAL_THROTTLE": "off"}, False, Settings(throttle=False)),
    ]

    def read(environment: Mapping[str, str], is_terminal: bool) -> Settings:
        return read_settings(environment, is_terminal=is_terminal)

    assert wrong_answers(read, rows) == []


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT is 'xml', but must be text or json"),
        ({"LOCAL_THROTTLE": "no"}, "LOCAL_THROTTLE is 'no', but must be on or off"),
    ],
)
def test_unknown_value_is_refused_with_the_choices(environment: Mapping[str, str], said: str) -> None:
    with pytest.raises(LocalProblem, match=said):
        read_settings(environment, is_terminal=False)


def test_guide_lists_every_variable_that_the_local_stack_reads() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tools" / "local").rglob("*.py"))
    read = {one or other for one, other in _READ.findall(code)} - {
        "PATH",
        "TERM",
        "LC_ALL",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
    }
    guide = (ROOT / "docs" / "local-stack.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([A-Z_]+)(?:=[^`]*)?` \|", guide, re.MULTILINE))

    assert {"LOG_FORMAT", "NO_COLOR", "LOCAL_THROTTLE", "MICROSHOP_REDIS_URL", "XDG_CACHE_HOME"} <= read
    assert read <= listed
