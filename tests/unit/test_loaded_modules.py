"""What each function imports before its first event: the larger part of a cold start."""

from pathlib import Path

import pytest

from tests.support.loaded_modules import ROOT, function_files, loaded_modules

# Per request path, the most modules it may load; a bare process that imports json has about 50. Budgets in instructions
# (docs/decisions/0002-one-redis-connection-on-hiredis.md) were measured at these numbers.
_LIMITS = {
    "gateway/authorizer": 130,
    "products/get_product": 220,
    "products/list_products": 280,
    "products/list_categories": 280,
    "users/get_profile": 300,
    "users/log_out": 220,
    "users/register": 380,
    "users/log_in": 380,
    "users/update_profile": 380,
    "users/change_password": 380,
    "ops/health": 280,
}
_NEVER = {"redis", "moto", "jinja2", "requests"}


def _name(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("file", function_files(), ids=_name)
def test_a_function_starts_without_an_environment_and_within_its_budget(file: Path) -> None:
    loaded = loaded_modules(file)

    assert not loaded & _NEVER
    assert len(loaded) <= _LIMITS.get(_name(file), 600)


@pytest.mark.parametrize("name", sorted(_LIMITS))
def test_nothing_that_a_client_waits_for_imports_the_aws_sdk(name: str) -> None:
    loaded = loaded_modules(ROOT / "functions" / f"{name}.py")

    # powertools imports the bare package botocore to name itself in user agents; the session is where the SDK begins.
    assert not loaded & {"boto3", "botocore.session", "urllib3", "http.client"}


def test_the_authorizer_imports_neither_database_nor_models_nor_logging() -> None:
    loaded = loaded_modules(ROOT / "functions" / "gateway" / "authorizer.py")

    assert not loaded & {"pymysql", "pydantic", "aws_lambda_powertools", "logging"}


def test_a_cached_product_is_read_without_database_and_models() -> None:
    loaded = loaded_modules(ROOT / "functions" / "products" / "get_product.py")

    assert not loaded & {"pymysql", "pydantic"}


@pytest.mark.parametrize("name", [name for name in _LIMITS if name.startswith(("products/", "gateway/"))])
def test_what_parses_no_body_imports_no_models(name: str) -> None:
    assert "pydantic" not in loaded_modules(ROOT / "functions" / f"{name}.py")
