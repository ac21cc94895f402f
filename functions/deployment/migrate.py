"""Migrates the database's schema; `{"status": true}` shows the applied and pending migrations.

It refuses an unusable currency: it checks the settings before the migrations, and the products after them.

CloudFormation invokes it in every deployment, before it updates any other function. Operators can invoke it too.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.migrations import database_users, runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import MigrationRefused
from microshop.operator_actions import log_action
from microshop.payments.shop_currency import CurrencyRefused, check_products, check_settings
from microshop.platform import custom_resource, observability, settings
from microshop.platform.mysql import Database
from microshop.platform.tls import NoRootCertificates
from microshop.products.queries import ProductQueries
from microshop.staff.repository import StaffRepository

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.platform.lambda_context import Deadline

_PUBLIC_ERRORS = (
    CurrencyRefused,
    MigrationRefused,
    Unavailable,
    settings.MissingSetting,
    settings.InvalidServerUrl,
    settings.UnknownTimeZone,
    NoRootCertificates,
)


def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Returns `{"applied": […]}`, and also `"pending": […]` for a status. An error fails the invocation.

    `"warnings"` says what an administrator must run if the migrations' account may not grant the application tables.
    """
    if custom_resource.is_request(event):
        return custom_resource.respond(event, context, _deploy, name="microshop-schema", public_errors=_PUBLIC_ERRORS)
    if event.get("status"):
        status = runner.status(_url())
        return {"applied": list(status.applied), "pending": list(status.pending)}
    check_settings()
    settings.shop_time_zone()
    warnings: list[str] = []
    applied = runner.migrate(_url(), application=_application(), warn=warnings.append)
    _check_products()
    _adopt_admins()
    log_action("migrate", event, applied=applied)
    return {"applied": applied, "warnings": warnings}


def _deploy() -> Mapping[str, str]:
    check_settings()
    settings.shop_time_zone()  # an unknown zone fails the deployment here, before any other function is updated
    deployed = deploy(_url(), application=_application(), warn=observability.log().warning)
    _check_products()
    _adopt_admins()
    observability.log().info("migrated", applied=deployed.applied, version=deployed.version)
    if deployed.newer:
        observability.log().warning("the schema is newer than this release", newer=deployed.newer)
    return {"SchemaVersion": deployed.version}


def _check_products() -> None:
    with closing(Database(settings.database_address(_url()))) as database:
        check_products(ProductQueries(database))


def _adopt_admins() -> None:
    with closing(Database(settings.database_address(_url()))) as database:
        StaffRepository(database).adopt_admins()


def _url() -> str:
    """Returns the database URL of the user for migrations, or of the application's user if there is none."""
    return settings.text("MIGRATION_DATABASE_URL", "") or settings.text("DATABASE_URL")


def _application() -> str:
    """Returns the name of the user as whom the application signs in."""
    url = settings.text("DATABASE_URL", "")
    return (settings.database_address(url).user if url else None) or database_users.APPLICATION
