"""Budgets for the cold start of every function, in loaded modules: the same on every machine, unlike milliseconds."""

import functools

import pytest

from tests.benchmarks.loaded_modules import loaded_by
from tests.support.functions import NAMES

# Some way above what each loads today, so that a new module fits and a new package does not.
_AUTHORIZER = 80
_CACHED_READ = 175
_READ = 250
_WRITE = 335
_BACKGROUND = 530
# Amazon's client and a body's model: whoever waits for a file of a month waits for them too.
_EXPORT = 585
# Stripe's client costs 17 times a bare start: docs/decisions/0020-stripes-client-in-a-layer-of-its-own.md.
_PAYMENT = 680

_BUDGETS = {
    "gateway/authorizer": _AUTHORIZER,
    "products/get_product": _CACHED_READ,
    "users/log_out": _CACHED_READ,
    "products/list_categories": _READ,
    "products/list_products": _READ,
    "products/archive_product": _READ,
    "orders/get_order": _READ,
    "orders/get_order_history": _READ,
    "orders/list_orders": _READ,
    "users/get_profile": _READ,
    "health/health": _READ,
    "deployment/migrate": _READ,
    "operator/grant_admin": _READ,
    "users/register": _WRITE,
    "users/log_in": _WRITE,
    "users/update_profile": _WRITE,
    "users/change_password": _WRITE,
    "products/create_product": _WRITE,
    "products/update_product": _WRITE,
    "products/adjust_stock": _WRITE,
    "orders/place_order": _WRITE,
    "orders/cancel_order": _WRITE,
    "orders/confirm_order": _WRITE,
    "orders/set_order_status": _WRITE,
    "payments/get_payments": _READ,
    "payments/start_payment": _PAYMENT,
    "payments/refund_order": _PAYMENT,
    "payments/stripe_webhook": _PAYMENT,
    "schedules/expire_unpaid": _PAYMENT,
    "schedules/resolve_payments": _PAYMENT,
    "schedules/reconcile": _PAYMENT,
    "exports/create_export": _EXPORT,
    "deployment/prepare_database": _READ,
    "health/probe_health": _CACHED_READ,
    "operator/set_read_only": _CACHED_READ,
    "operator/check_inbox": _READ,
    "operator/dead_letters": _BACKGROUND,
    "operator/replay_events": _BACKGROUND,
    "events/relay_outbox": _BACKGROUND,
    "schedules/measure_active_users": _CACHED_READ,
    "schedules/purge_expired": _READ,
    "consumers/alert_low_stock": _BACKGROUND,
    "consumers/count_orders": _READ,
    "consumers/refresh_product_cache": _CACHED_READ,
    "consumers/send_customer_mail": _BACKGROUND,
}
_loaded = functools.cache(loaded_by)

_MAY_LOAD_BOTO3 = {
    "operator/dead_letters",
    "operator/replay_events",
    "events/relay_outbox",
    "consumers/alert_low_stock",
    "consumers/send_customer_mail",
    "exports/create_export",
}
_ASK_A_PROVIDER = {name for name, budget in _BUDGETS.items() if budget == _PAYMENT}
_PARSE_A_BODY = {name for name, budget in _BUDGETS.items() if budget == _WRITE} | {
    "payments/refund_order",
    "exports/create_export",
}


def test_every_function_has_a_budget() -> None:
    assert sorted(_BUDGETS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_function_loads_no_more_than_its_budget(name: str) -> None:
    assert len(_loaded(name).modules) <= _BUDGETS[name], sorted(_loaded(name).modules)


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


@pytest.mark.parametrize("name", NAMES)
def test_no_function_loads_redis_py(name: str) -> None:
    assert "redis-py" not in _loaded(name).packages
