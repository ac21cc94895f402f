"""The stack of the schema: which functions change it, and in which order."""

import re
from typing import Any
from zoneinfo import available_timezones

from tests.support.deployment import ROOT, Resource, Templates
from tools.templates.sam import load

_SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin-a1b2c3"


def _schema(**parameters: str) -> dict[str, Resource]:
    templates = Templates(**parameters)
    [stack] = [stack for stack in templates.stacks if stack.file == ROOT / "infra" / "schema.yaml"]
    return {logical_id: Resource(stack, logical_id) for logical_id, _ in stack.resources()}


def test_a_deployment_creates_users_before_it_runs_migrations() -> None:
    schema = _schema(DatabaseAdminSecretArn=_SECRET)

    assert schema["Migration"]["After"] == schema["DatabaseUsers"].stack.ref("DatabaseUsers")
    assert schema["DatabaseUsers"]["ServiceToken"] == schema["PrepareDatabaseFunction"].arn
    assert schema["Migration"]["ServiceToken"] == schema["MigrateFunction"].arn


def test_without_an_admins_secret_no_function_creates_users() -> None:
    schema = _schema()

    assert not {"DatabaseUsers", "PrepareDatabaseFunction", "PrepareDatabaseFunctionRole"} & schema.keys()
    assert schema["Migration"]["After"] == ""


def test_other_code_runs_users_and_migrations_again() -> None:
    schema = _schema(DatabaseAdminSecretArn=_SECRET, CodeVersion="abcdef0123")

    assert {schema[name]["CodeVersion"] for name in ("Migration", "DatabaseUsers")} == {"abcdef0123"}


def test_a_change_of_currency_runs_the_check_of_prices_again() -> None:
    schema = _schema(Currency="KWD", ShippingFeeMinor="1230", StripeSecretArn=_SECRET)

    assert [schema["Migration"][name] for name in ("Currency", "ShippingFeeMinor", "CardProvider")] == [
        "KWD",
        "1230",
        "stripe",
    ]
    variables = schema["MigrateFunction"]["Environment"]["Variables"]
    assert {name: variables[name] for name in ("CURRENCY", "SHIPPING_FEE_MINOR", "CARD_PROVIDER")} == {
        "CURRENCY": "KWD",
        "SHIPPING_FEE_MINOR": "1230",
        "CARD_PROVIDER": "stripe",
    }


def test_a_shop_without_keys_of_a_provider_accepts_no_cards() -> None:
    assert _schema(StripeSecretArn="")["Migration"]["CardProvider"] == ""


def test_a_time_zone_is_checked_before_any_function_gets_it() -> None:
    schema = _schema(ShopTimeZone="Asia/Kolkata")

    assert schema["Migration"]["ShopTimeZone"] == "Asia/Kolkata"
    assert schema["MigrateFunction"]["Environment"]["Variables"]["SHOP_TIME_ZONE"] == "Asia/Kolkata"


def test_the_pattern_of_a_time_zone_accepts_every_place_and_utc() -> None:
    pattern = load(ROOT / "template.yaml")["Parameters"]["ShopTimeZone"]["AllowedPattern"]
    places = {name for name in available_timezones() if "/" in name and name[0].isupper()}

    assert len(places) > 400
    assert {name for name in [*places, "UTC"] if not re.fullmatch(pattern, name)} == set()
    assert [name for name in ("Berlin", "utc", "+01:00", "Europe/", "../UTC") if re.fullmatch(pattern, name)] == []


def test_a_deployment_fails_soon_after_the_timeout_of_a_function() -> None:
    schema = _schema(DatabaseAdminSecretArn=_SECRET)

    for resource, function in (("Migration", "MigrateFunction"), ("DatabaseUsers", "PrepareDatabaseFunction")):
        timeout = schema[function]["Timeout"]
        assert timeout < int(schema[resource]["ServiceTimeout"]) <= timeout + 60, resource


def test_only_the_function_that_creates_users_reads_the_admins_secret() -> None:
    schema = _schema(DatabaseAdminSecretArn=_SECRET, DatabaseResourceId="db-ABCDEFGH")

    assert _allowed(schema["PrepareDatabaseFunctionRole"]) == [("secretsmanager:GetSecretValue", _SECRET)]
    user = "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-ABCDEFGH/microshop_migrations"
    assert _allowed(schema["MigrateFunctionRole"]) == [("rds-db:connect", user)]


def test_without_a_database_id_migrations_may_sign_in_to_no_database() -> None:
    [(_, user)] = _allowed(_schema()["MigrateFunctionRole"])

    assert user == "arn:aws:rds-db:us-east-1:123456789012:dbuser:none/microshop_migrations"


def _allowed(role: Resource) -> list[tuple[Any, Any]]:
    return [
        (statement["Action"], statement["Resource"])
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
