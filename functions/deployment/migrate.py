"""Migrates the database's schema; with `{"status": true}` it shows applied and pending migrations.

Refuses an unusable currency: checks the settings before the migrations, and the products after them.

Operators invoke it, and so does CloudFormation in every deployment, before it updates any other function.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.migrations import runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import MigrationRefused
from microshop.operator_actions import note_action
from microshop.payments.shop_currency import CurrencyRefused, check_products, check_settings
from microshop.platform import custom_resource, observability, settings
from microshop.platform.mysql import Database
from microshop.platform.tls import NoRoots
from microshop.products.queries import ProductQueries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.platform.lambda_context import Deadline

_EXPLAINED = (
    CurrencyRefused,
    MigrationRefused,
    Unavailable,
    settings.MissingSetting,
    settings.InvalidServerUrl,
    settings.UnknownTimeZone,
    NoRoots,
)


def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Return `{"applied": […]}`, and for a status `"pending": […]`. A refusal fails the invocation."""
    if custom_resource.asks(event):
        return custom_resource.answer(event, context, _deploy, name="microshop-schema", explains=_EXPLAINED)
    if event.get("status"):
        found = runner.status(_url())
        return {"applied": list(found.applied), "pending": list(found.pending)}
    check_settings()
    settings.shop_time_zone()
    applied = runner.migrate(_url())
    _check_products()
    note_action("migrate", event, applied=applied)
    return {"applied": applied}


def _deploy() -> Mapping[str, str]:
    check_settings()
    settings.shop_time_zone()  # an unknown zone ends a deployment here, before any other function changes
    deployed = deploy(_url())
    _check_products()
    observability.log().info("migrated", applied=deployed.applied, version=deployed.version)
    if deployed.newer:
        observability.log().warning("the schema is newer than this release", newer=deployed.newer)
    return {"SchemaVersion": deployed.version}


def _check_products() -> None:
    with closing(Database(settings.database_address(_url()))) as database:
        check_products(ProductQueries(database))


def _url() -> str:
    """Return the URL of the user for migrations, or of the application's user if there is no other."""
    return settings.text("MIGRATION_DATABASE_URL", "") or settings.text("DATABASE_URL")
