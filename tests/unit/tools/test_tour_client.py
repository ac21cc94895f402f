"""The tour stops at an answer that is not the expected one."""

from copy import replace
from unittest.mock import Mock

import pytest
import requests

from tools.problems import LocalProblem
from tools.tour.client import Client
from tools.tour.step import Step

_STEP = Step(text="It fails.", request="GET /products")


@pytest.mark.parametrize(
    ("step", "difference"),
    [
        (_STEP, "its status is 503, not 200"),
        (replace(_STEP, status=503, expected={"type": "read-only"}), "type is 'unavailable', not 'read-only'"),
    ],
)
def test_client_stops_at_an_unexpected_answer(monkeypatch: pytest.MonkeyPatch, step: Step, difference: str) -> None:
    answer = Mock(status_code=503, headers={}, json=lambda: {"type": "urn:microshop:problem:unavailable"})
    monkeypatch.setattr(requests, "request", lambda *_arguments, **_options: answer)

    with pytest.raises(LocalProblem, match=difference):
        Client("http://shop", "http://provider", {}).execute(step)
