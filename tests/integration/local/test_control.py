"""Only local commands may invoke functions on a developer's machine, not pages in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from tests.support.local_stack import LocalStack


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}], ids=str
)
def test_a_page_in_a_browser_cannot_invoke_a_function(stack: LocalStack, headers: dict[str, str]) -> None:
    before = stack.environments("ScriptedFunction")

    answer = requests.post(
        f"{stack.info.control_url}/2015-03-31/functions/ScriptedFunction/invocations",
        data="{}",
        headers=headers,
        timeout=30,
    )

    assert answer.status_code in (400, 403)
    assert stack.environments("ScriptedFunction") == before
