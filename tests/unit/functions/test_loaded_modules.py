"""Budgets for the cold start of every function, in loaded modules: the same on every machine, unlike milliseconds.

The class of a function, and with it the budget, follows from its rights and from the body that its operation takes.
"""

import functools

import pytest

from tests.benchmarks.loaded_modules import loaded_by
from tests.support.api_description import operations
from tests.support.functions import NAMES
from tests.support.privileges import rights_by_function

# Somewhat above the largest of each class today, so that a new module fits and a new package does not.
_AUTHORIZER = 80
_CACHED_READ = 175
_READ = 250
_WRITE = 335
_BACKGROUND = 530
# boto3 and the model of a body: a client that waits for a month's file can wait for them too.
_EXPORT = 585
# Stripe's client costs 17 times a bare start: docs/decisions/0020-stripes-client-in-a-layer-of-its-own.md.
_PAYMENT = 680


# Served from the cache, it connects to the database on a miss only.
_CACHED = {"products/get_product"}
# It checks the signature over the raw bytes.
_RAW_BODY = {"payments/stripe_webhook"}
_RIGHTS = rights_by_function()
_SIGN_IN = {"rds-db:connect", "elasticache:Connect", "secretsmanager:GetSecretValue"}
_BODIES = {each.name for each in operations() if "requestBody" in each.description}

_MAY_LOAD_BOTO3 = {name for name, rights in _RIGHTS.items() if rights.keys() - _SIGN_IN}
_ASK_A_PROVIDER = {
    name
    for name, rights in _RIGHTS.items()
    if "secret:stripe-EXAMPLE" in rights.get("secretsmanager:GetSecretValue", [])
}
_PARSE_A_BODY = {name for name in NAMES if name.rpartition("/")[2] in _BODIES} - _RAW_BODY
_loaded = functools.cache(loaded_by)


def _budget(name: str) -> int:
    if name.startswith("gateway/"):
        return _AUTHORIZER
    if name in _ASK_A_PROVIDER:
        return _PAYMENT
    if name in _MAY_LOAD_BOTO3:
        return _EXPORT if name in _PARSE_A_BODY else _BACKGROUND
    if name in _PARSE_A_BODY:
        return _WRITE
    return _CACHED_READ if name in _CACHED or _RIGHTS[name].keys() <= {"elasticache:Connect"} else _READ


def test_every_function_has_rights() -> None:
    assert sorted(_RIGHTS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_function_loads_no_more_than_its_budget(name: str) -> None:
    assert len(_loaded(name).modules) <= _budget(name), sorted(_loaded(name).modules)


def test_the_authorizer_loads_nothing_but_its_connection() -> None:
    assert _loaded("gateway/authorizer").packages == {"hiredis", "ssl"}


def test_a_cached_read_loads_neither_database_client_nor_models() -> None:
    assert _loaded("products/get_product").packages == {"hiredis", "powertools", "ssl"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - _MAY_LOAD_BOTO3))
def test_nothing_that_a_client_waits_for_loads_boto3_but_what_writes_a_file(name: str) -> None:
    assert not _loaded(name).packages & {"boto3", "botocore"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - _ASK_A_PROVIDER))
def test_only_functions_that_ask_a_payment_provider_load_its_client(name: str) -> None:
    assert not _loaded(name).packages & {"stripe", "requests"}


@pytest.mark.parametrize("name", sorted(_ASK_A_PROVIDER))
def test_what_a_provider_is_asked_with_is_counted(name: str) -> None:
    assert _loaded(name).packages >= {"stripe", "requests"}


@pytest.mark.parametrize("name", sorted(_ASK_A_PROVIDER))
def test_a_function_that_asks_a_provider_is_ready_without_its_client(name: str) -> None:
    assert not loaded_by(name, asking=False).packages & {"stripe", "requests"}


@pytest.mark.parametrize("name", sorted(set(NAMES) - _PARSE_A_BODY))
def test_only_functions_that_parse_a_body_load_pydantic(name: str) -> None:
    assert "pydantic" not in _loaded(name).packages


def test_only_functions_that_set_a_password_load_the_rules_for_new_ones() -> None:
    loading = {name for name in NAMES if "microshop.users.password_blocklist" in _loaded(name).modules}

    assert loading == {"users/register", "users/change_password"}


@pytest.mark.parametrize("name", NAMES)
def test_no_function_loads_redis_py(name: str) -> None:
    assert "redis-py" not in _loaded(name).packages
