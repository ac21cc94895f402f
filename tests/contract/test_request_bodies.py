"""The described request bodies are those that the models take: same fields, same demands, same limits."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from pydantic import BaseModel, ValidationError

import microshop
from microshop.schemas import RequestModel
from tests.support.api_description import description, operations, resolved


def _models() -> dict[str, type[RequestModel]]:
    for module in pkgutil.walk_packages(microshop.__path__, "microshop."):
        if module.name.endswith(".schemas"):
            import_module(module.name)
    return {
        model.__name__: model for model in RequestModel.__subclasses__() if model.__module__.startswith("microshop.")
    }


MODELS = _models()
VALID: dict[str, dict[str, Any]] = {
    "RegisterRequest": {
        "username": "Ada",
        "email": "ada@example.com",
        "password": "correct horse battery",
        "language": "zh",
    },
    "LogInRequest": {"email": "ada@example.com", "password": "correct horse battery"},
    "UpdateProfileRequest": {"username": "Ada", "language": "en"},
    "ChangePasswordRequest": {"current_password": "correct horse battery", "new_password": "another horse battery"},
}
FIELDS = [(model, field) for model, body in VALID.items() for field in body]


def test_every_model_is_the_described_body_of_an_operation_and_the_other_way_round() -> None:
    bodies = [found.description["requestBody"] for found in operations() if "requestBody" in found.description]

    described = {body["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2] for body in bodies}

    assert described == MODELS.keys() == VALID.keys()


@pytest.mark.parametrize("name", MODELS)
def test_a_body_has_the_fields_of_its_model(name: str) -> None:
    schema, model = _schema(name), MODELS[name]

    assert schema["properties"].keys() == model.model_fields.keys()
    assert set(schema.get("required", [])) == {key for key, field in model.model_fields.items() if field.is_required()}


@pytest.mark.parametrize("name", MODELS)
def test_a_full_body_is_right_for_both(name: str) -> None:
    assert _both(name, VALID[name]) == (True, True)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("change", ["nothing", "unknown"])
def test_an_empty_body_and_an_unknown_field_are_wrong_for_both(name: str, change: str) -> None:
    body = {} if change == "nothing" else {**VALID[name], "admin": True}

    assert _both(name, body) == (False, False)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_may_be_left_out_for_both_or_for_neither(name: str, field: str) -> None:
    body = {key: value for key, value in VALID[name].items() if key != field}

    described, taken = _both(name, body)

    assert described == taken


@pytest.mark.parametrize(("name", "field"), FIELDS)
@pytest.mark.parametrize("value", [None, 1, 1.5, True, [], {}, "", ["Ada"]])
def test_a_value_of_another_kind_is_wrong_for_both(name: str, field: str, value: object) -> None:
    assert _both(name, {**VALID[name], field: value}) == (False, False)


@pytest.mark.parametrize(("name", "field"), FIELDS)
def test_a_field_takes_the_shortest_and_longest_text_described_and_nothing_beyond(name: str, field: str) -> None:
    schema = resolved(_schema(name)["properties"][field])
    if "enum" in schema:
        values = {**dict.fromkeys(schema["enum"], True), schema["enum"][0].upper(): False, "fr": False}
    else:
        low, high = schema["minLength"], schema["maxLength"]
        lengths = {low - 1: False, low: True, high: True, high + 1: False}
        values = {_text(length, schema.get("format")): allowed for length, allowed in lengths.items()}

    for value, allowed in values.items():
        assert _both(name, {**VALID[name], field: value}) == (allowed, allowed), value


def test_the_described_defaults_are_those_of_the_models() -> None:
    for name, field in FIELDS:
        described = resolved(_schema(name)["properties"][field]).get("default")
        taken = MODELS[name].model_fields[field]
        assert described == (None if taken.is_required() else taken.default), (name, field)


def _schema(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = description()["components"]["schemas"][name]
    return schema


def _both(name: str, body: dict[str, Any]) -> tuple[bool, bool]:
    """Whether the description and the model take the body."""
    schema = {**_schema(name), "components": description()["components"]}
    described = OAS31Validator(schema, format_checker=oas31_format_checker).is_valid(body)
    return described, _is_taken(MODELS[name], body)


def _is_taken(model: type[BaseModel], body: dict[str, Any]) -> bool:
    try:
        model.model_validate(body)
    except ValidationError:
        return False
    return True


def _text(length: int, kind: str | None) -> str:
    if kind != "email":
        return "x" * length
    return "".join(_email(length))


def _email(length: int) -> Iterator[str]:
    local = min(64, max(length - 4, 0))
    yield "x" * local + "@"
    rest = length - local - 1
    while rest > 64:
        yield "y" * 61 + "."
        rest -= 62
    yield "y" * (rest - 2) + ".z" if rest >= 3 else "y" * rest
