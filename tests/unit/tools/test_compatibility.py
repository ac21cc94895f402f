"""Breaking changes of the API and the events, and their declaration in CHANGELOG.md."""

import copy
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.functions import ROOT
from tests.support.table_rows import wrong_answers
from tools.compatibility import __main__ as command
from tools.compatibility.declared import declared_changes
from tools.compatibility.operations import api_changes, event_changes

type _Json = Mapping[str, Any]

_STRING: _Json = {"type": "string"}
_NULL: _Json = {"type": "null"}
_STATUS: _Json = {"type": "string", "enum": ["open", "paid"]}
_Q: _Json = {"name": "q", "in": "query"}
_MATCH: _Json = {"name": "If-Match", "in": "header", "required": True}
_TAGGED: _Json = {"headers": {"ETag": {"required": True}}}
_LOG_IN: list[_Json] = [{"bearer": []}]
_TEXTS: _Json = {"type": "array", "items": _STRING}
_NUMBERS: _Json = {"type": "array", "items": {"type": "integer"}}
_STATUSES: _Json = {"type": "array", "items": _STATUS}
_PLACE = "POST /orders"
_BODY = f"{_PLACE} request"
_ANSWER = f"{_PLACE} 201 body"


def _document(operation: _Json, **schemas: _Json) -> dict[str, Any]:
    return {"paths": {"/orders": {"post": operation}}, "components": {"schemas": schemas}}


def _json(schema: _Json) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


def _operation(**parts: Any) -> dict[str, Any]:
    return {"responses": {"201": {}}, **parts}


def _taking(schema: _Json) -> dict[str, Any]:
    return _document(_operation(requestBody=_json(schema)))


def _giving(schema: _Json, status: str = "201") -> dict[str, Any]:
    return _document(_operation(responses={status: _json(schema)}))


def _object(required: tuple[str, ...] = (), **properties: _Json) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": list(required), "properties": properties}


def _unnoticed(rows: list[tuple[_Json, _Json, str, str]], within: Callable[[_Json], _Json], place: str) -> list[object]:
    """Returns the rows (before, after, where, what) whose change is not reported."""
    return [
        (where, what, found)
        for old, new, where, what in rows
        if (place + where, what) not in (found := _found(within(old), within(new)))
    ]


def _found(old: _Json, new: _Json) -> list[tuple[str, str]]:
    return [(change.where, change.what) for change in api_changes(old, new)]


def test_request_may_not_accept_less() -> None:
    rows: list[tuple[_Json, _Json, str, str]] = [
        (_object(note=_STRING), _object(), ".note", "is removed"),
        (_object(), _object(("note",), note=_STRING), ".note", "is new and required"),
        (_object(note=_STRING), _object(("note",), note=_STRING), ".note", "is now required"),
        (_object(note={"type": ["string", "null"]}), _object(note=_STRING), ".note", "is no longer null"),
        (_object(note={}), _object(note=_STRING), ".note", "type changed from anything to string"),
        (_object(note=_STRING), _object(note={"type": "integer"}), ".note", "type changed from string to integer"),
        (_object(to=_STATUS), _object(to={"const": "open"}), ".to", 'is no longer "paid"'),
        (_object(to=_STRING), _object(to=_STATUS), ".to", 'accepts only "open", "paid"'),
        (_STRING, {"type": "string", "maxLength": 9}, "", "maxLength changed from none to 9"),
        ({"type": "integer", "minimum": 0}, {"type": "integer", "minimum": 1}, "", "minimum changed from 0 to 1"),
        (_STRING, {"type": "string", "pattern": "^a"}, "", 'pattern changed from none to "^a"'),
        ({"type": "string", "default": "a"}, {"type": "string", "default": "b"}, "", 'default changed from "a" to "b"'),
        (_TEXTS, _STATUSES, "[]", 'accepts only "open", "paid"'),
        ({"anyOf": [_STRING, _NULL]}, _STRING, "", "is no longer null"),
        (_STRING, {"type": "string", "not": {"const": ""}}, "", "excludes other values (`not`)"),
        ({"type": "object"}, {"type": "object", "additionalProperties": False}, "", "no longer accepts other fields"),
    ]

    assert _unnoticed(rows, _taking, _BODY) == []


def test_request_may_accept_more_values_or_an_equivalent_schema() -> None:
    rows: list[tuple[_Json, _Json]] = [
        (_object(), _object(note=_STRING)),
        (_object(("note",), note=_STRING), _object(note=_STRING)),
        (_object(note=_STRING), _object(note={"anyOf": [_STRING, _NULL]})),
        (_object(to=_STATUS), _object(to={"type": "string", "enum": ["open", "paid", "sent"]})),
        (_object(to=_STATUS), _object(to=_STRING)),
        ({"type": "integer"}, {"type": "number"}),
        ({"allOf": [{**_STRING, "maxLength": 9}, {"maxLength": 20}]}, {**_STRING, "maxLength": 9}),
        ({"allOf": [_STATUS, {"enum": ["paid", "sent"]}]}, {"const": "paid"}),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 10}),
        (
            _object(note={"type": ["string", "null"], "maxLength": 9}),
            _object(note={"anyOf": [{**_STRING, "maxLength": 9}, _NULL]}),
        ),
        ({"allOf": [_object(a=_STRING), {"required": ["a"]}]}, _object(("a",), a={"description": "A.", **_STRING})),
        (
            {"oneOf": [_object(("a",), a=_STRING), _object(("b",), b=_STRING)]},
            {"oneOf": [_object(("b",), b=_STRING), _object(("a",), a=_STRING)]},
        ),
    ]

    assert [found for old, new in rows if (found := _found(_taking(old), _taking(new)))] == []


def test_response_keeps_its_fields_types_and_values() -> None:
    rows: list[tuple[_Json, _Json, str, str]] = [
        (_object(note=_STRING), _object(), ".note", "is removed"),
        (_object(("note",), note=_STRING), _object(), ".note", "is removed"),
        (_object(("note",), note=_STRING), _object(note=_STRING), ".note", "may now be absent"),
        (_object(note=_STRING), _object(note={"type": ["string", "null"]}), ".note", "may now be null"),
        (_object(note={"anyOf": [_STRING, _NULL]}), _object(note=_STRING), ".note", "is no longer null"),
        (_object(note=_STRING), _object(note={"type": "integer"}), ".note", "type changed from string to integer"),
        (_object(to={"const": "open"}), _object(to=_STATUS), ".to", 'may now be "paid"'),
        (_object(to=_STATUS), _object(to={"const": "open"}), ".to", 'is no longer "paid"'),
        (_object(to=_STATUS), _object(to=_STRING), ".to", 'may now be other than "open", "paid"'),
        ({"type": "string", "maxLength": 9}, {"type": "string", "maxLength": 10}, "", "maxLength changed from 9 to 10"),
        ({"type": "string", "format": "uuid"}, _STRING, "", 'format changed from "uuid" to none'),
        (_TEXTS, _NUMBERS, "[]", "type changed from string to integer"),
        (
            {"oneOf": [_object(a=_STRING)]},
            {"oneOf": [_object(a=_STRING), _object(b=_STRING)]},
            "",
            "alternatives changed from 1 to 2",
        ),
    ]

    assert _unnoticed(rows, _giving, _ANSWER) == []


def test_response_may_get_fields_and_narrower_limits() -> None:
    old = _object(("a",), a=_STRING)
    new = _object(("a", "b"), a={"type": "string", "maxLength": 9}, b=_STRING)

    assert _found(_giving(old), _giving(new)) == []


def test_error_may_get_new_problem_types_but_none_may_be_removed() -> None:
    old, new = _object(type={"const": "out-of-stock"}), _object(type={"enum": ["out-of-stock", "not-on-sale"]})

    assert _found(_giving(old, "409"), _giving(new, "409")) == []
    assert _found(_giving(new, "409"), _giving(old, "409")) == [
        (f"{_PLACE} 409 body.type", 'is no longer "not-on-sale"')
    ]


def test_removed_or_newly_required_parts_of_an_operation_are_reported() -> None:
    rows: list[tuple[_Json, _Json | None, str, str]] = [
        (_operation(), None, "", "is removed"),
        (_operation(), _operation(responses={"200": {}}), " 201", "is no longer a response"),
        (_operation(responses={"201": _json({})}), _operation(), " 201 body application/json", "is removed"),
        (_operation(requestBody=_json({})), _operation(), " request application/json", "is removed"),
        (_operation(), _operation(requestBody={"required": True}), " request", "is new and required"),
        (
            _operation(requestBody=_json({})),
            _operation(requestBody={**_json({}), "required": True}),
            " request",
            "is now required",
        ),
        (_operation(parameters=[_Q]), _operation(), " query.q", "is removed"),
        (_operation(), _operation(parameters=[_MATCH]), " header.if-match", "is new and required"),
        (_operation(parameters=[_Q]), _operation(parameters=[{**_Q, "required": True}]), " query.q", "is now required"),
        (
            _operation(parameters=[{**_Q, "schema": _STRING}]),
            _operation(parameters=[{**_Q, "schema": _STATUS}]),
            " query.q",
            'accepts only "open", "paid"',
        ),
        (_operation(responses={"201": {"headers": {"ETag": {}}}}), _operation(), " 201 header.ETag", "is removed"),
        (
            _operation(responses={"201": _TAGGED}),
            _operation(responses={"201": {"headers": {"etag": {}}}}),
            " 201 header.ETag",
            "may now be absent",
        ),
        (
            _operation(security=[]),
            _operation(security=_LOG_IN),
            "",
            "requires other credentials: bearer instead of none",
        ),
    ]

    def found(old: _Json, new: _Json | None) -> list[tuple[str, str]]:
        return _found(_document(old), {"paths": {}} if new is None else _document(new))

    assert wrong_answers(found, [(old, new, [(_PLACE + where, what)]) for old, new, where, what in rows]) == []


def test_new_operations_parameters_and_statuses_break_no_client() -> None:
    old = _document(_operation())
    new = _document(_operation(parameters=[_Q], responses={"201": {}, "409": {}}))
    new["paths"]["/wishes"] = {"get": _operation()}

    assert _found(old, new) == []


def test_change_in_a_component_is_reported_once() -> None:
    order = _json({"$ref": "#/components/schemas/Order"})
    both = _operation(responses={"200": order, "201": order})

    assert _found(_document(both, Order=_object(id=_STRING)), _document(both, Order=_object())) == [
        ("Order.id", "is removed")
    ]


def test_recursive_component_is_compared() -> None:
    giving = _operation(responses={"201": _json({"$ref": "#/components/schemas/Node"})})
    inner: _Json = {"anyOf": [{"$ref": "#/components/schemas/Node"}, _NULL]}

    old, new = _object(next=inner, a=_STRING), _object(next=inner)

    assert _found(_document(giving, Node=old), _document(giving, Node=new)) == [("Node.a", "is removed")]


def test_every_removed_field_of_the_real_api_is_reported() -> None:
    old = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text(encoding="utf-8"))
    new = copy.deepcopy(old)
    removed = set()
    for name, schema in new["components"]["schemas"].items():
        fields = {} if "oneOf" in schema else schema.get("properties", {})
        for field in [field for field, described in fields.items() if "$ref" not in json.dumps(described)]:
            del fields[field]
            removed.add(f"{name}.{field}")

    assert removed - {change.where for change in api_changes(old, new)} == set()


def test_event_keeps_its_fields_for_consumers() -> None:
    old = _object(detail=_object(status=_STATUS))
    new = _object(detail=_object(status={"type": "string", "enum": ["open", "paid", "sent"]}))

    assert [(change.where, change.what) for change in event_changes("OrderPaid", old, new)] == [
        ("event OrderPaid.detail.status", 'may now be "sent"')
    ]
    assert [change.what for change in event_changes("OrderPaid", old, None)] == ["is removed"]


_CHANGELOG = """\
# Changelog

## [Unreleased]

### Added
- `Order.added` is no break.

### Breaking
- `Order.note`: nobody read it; and `GET
  /api/v1/orders 200` answers with another status.

### Fixed
- `Order.fixed` neither.

## [1.1.0] - 2026-11-25

### Breaking
- `Order.later`: released after the commit that is compared with.

## [1.0.0] - 2026-11-01

### Breaking
- `Order.old`: is in the release that is compared with.
"""


def test_changelog_declares_places_since_the_previous_release() -> None:
    previous = "## [Unreleased]\n\n## [1.0.0] - 2026-11-01\n"

    assert declared_changes(_CHANGELOG, previous) == {"Order.note", "GET /api/v1/orders 200", "Order.later"}


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root folder with copies of the current documents."""
    (tmp_path / "events/schemas").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    for file in (ROOT / "CHANGELOG.md", ROOT / "docs/openapi.yaml", *(ROOT / "events/schemas").iterdir()):
        (tmp_path / file.relative_to(ROOT)).write_bytes(file.read_bytes())
    monkeypatch.setattr(command, "ROOT", tmp_path)
    return tmp_path


def _drop_a_field(root: Path) -> None:
    file = root / "events/schemas/OrderPaid.json"
    schema = json.loads(file.read_text(encoding="utf-8"))
    del schema["properties"]["detail"]["properties"]["trace"]
    file.write_text(json.dumps(schema), encoding="utf-8")


def test_command_reports_an_undeclared_change_with_the_remedy(copied: Path) -> None:
    _drop_a_field(copied)

    with pytest.raises(SystemExit) as refused:
        command.main()

    assert "  event OrderPaid.detail.trace: is removed" in str(refused.value)
    assert "- `event OrderPaid.detail.trace`: the reason, and what clients do instead." in str(refused.value)


def test_command_accepts_a_declared_change(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _drop_a_field(copied)
    changelog = copied / "CHANGELOG.md"
    text = changelog.read_text(encoding="utf-8")
    declaration = "## [Unreleased]\n\n### Breaking\n- `event OrderPaid.detail.trace`: unused.\n"
    changelog.write_text(text.replace("## [Unreleased]\n", declaration, 1), encoding="utf-8")

    command.main()

    assert "no undeclared breaking changes" in capsys.readouterr().out


def test_command_explains_how_to_complete_a_shallow_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.previous_release.previous_release", lambda: "0" * 40)

    with pytest.raises(SystemExit, match=r"does not contain .*, 0{40}: run `git fetch --unshallow`\.$"):
        command.main()
