"""Reads request bodies as an endpoint does, and the fields that a refusal names."""

from typing import Any

import pytest
from pydantic import BaseModel

from microshop.errors import InvalidInput
from microshop.http import Request
from tests.support.builders import an_api_event


def read_body[Model: BaseModel](model: type[Model], body: dict[str, Any]) -> Model:
    """Returns the body as the model.

    Raises:
        InvalidInput: the model refuses the body.
    """
    return Request(an_api_event(method="POST", body=body)).body(model)


def body_problems(model: type[BaseModel], body: dict[str, Any]) -> dict[str, str]:
    """Returns field → reason of a body that the model must refuse."""
    with pytest.raises(InvalidInput) as refused:
        read_body(model, body)
    return {problem.field: problem.reason for problem in refused.value.problems}


def refused_fields(model: type[BaseModel], body: dict[str, Any]) -> list[str]:
    """Returns the fields that a refusal names; one sentence if the body is accepted."""
    try:
        read_body(model, body)
    except InvalidInput as refused:
        return [problem.field for problem in refused.problems]
    return ["none: the body is accepted"]
