"""The error catalogue has every problem type, with a description that a person wrote."""

import copy
import functools
import re
from typing import Any

import pytest
import yaml

from tools.documents.errors import with_catalogue
from tools.documents.openapi import OPENAPI_FILE
from tools.documents.problems import problem_types
from tools.problems import LocalProblem

_MARKERS = "".join(
    f"<!-- written from docs/openapi.yaml: {part} -->\n<!-- end: {part} -->\n" for part in ("actions", "list", "types")
)


@pytest.fixture
def description() -> dict[str, Any]:
    """A copy of docs/openapi.yaml that the test may change."""
    return copy.deepcopy(_description())


@functools.cache
def _description() -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(OPENAPI_FILE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return found


def _sections(catalogue: str) -> dict[str, str]:
    _, *parts = re.split(r"^## (\S+)$", catalogue, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def test_catalogue_has_a_section_for_every_type_of_problem(description: dict[str, Any]) -> None:
    sections = _sections(with_catalogue(_MARKERS, description))

    assert [f"urn:microshop:problem:{anchor}" for anchor in sections] == problem_types()


def test_section_has_status_meaning_advice_operations_and_an_example(description: dict[str, Any]) -> None:
    section = _sections(with_catalogue(_MARKERS, description))["sku-taken"]

    assert "**409 SKU taken**, `urn:microshop:problem:sku-taken`" in section
    assert "Another product has this stock keeping unit (SKU)." in section
    assert "**Ask the user.** " in section
    assert "Operations: `POST /api/v1/products`, `PUT /api/v1/products/{id}`, " in section
    assert '"detail": "Another product has this SKU."' in section


@pytest.mark.parametrize(
    ("anchor", "operations"),
    [
        ("internal-error", "all."),
        ("unauthorized", "all with a token."),
        ("content-too-large", "all with a body."),
        (
            "read-only",
            (
                "all that change data except `POST /api/v1/users/login`, `POST /api/v1/users/logout`, "
                "`DELETE /api/v1/users/sessions`, `DELETE /api/v1/users/sessions/{id}`, "
                "`POST /api/v1/admin/second-factor/verify`, `PUT /api/v1/admin/read-only`."
            ),
        ),
        ("timeout", "all."),
    ],
)
def test_catalogue_groups_operations_with_a_common_trait(
    description: dict[str, Any], anchor: str, operations: str
) -> None:
    assert f"Operations: {operations}\n" in _sections(with_catalogue(_MARKERS, description))[anchor]


def test_every_problem_type_without_a_description_is_reported(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    del schemas["SkuTaken"]["description"]
    schemas["Timeout"]["description"] = "The shop took too long."
    schemas["OutOfStock"]["description"] = "Too few are left.\n\n**Despair.** Nothing helps."

    with pytest.raises(LocalProblem) as refused:
        with_catalogue(_MARKERS, description)

    assert re.findall(r"components/schemas/(\w+)", str(refused.value)) == ["OutOfStock", "SkuTaken", "Timeout"]


def test_problem_type_without_an_example_is_reported(description: dict[str, Any]) -> None:
    del description["components"]["examples"]["sku-taken"]

    with pytest.raises(LocalProblem, match="no example of urn:microshop:problem:sku-taken"):
        with_catalogue(_MARKERS, description)
