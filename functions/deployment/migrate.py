"""Brings the database's schema up to date, or with `{"status": true}` says what is applied and what waits.

An operator invokes it, and CloudFormation in every deployment, before it touches another function.
"""

from collections.abc import Mapping
from typing import Any

from microshop.errors import Unavailable
from microshop.migrations import runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import MigrationRefused
from microshop.operator_actions import note_action
from microshop.platform import custom_resource, observability, settings
from microshop.platform.tls import NoRoots

_EXPLAINED = (MigrationRefused, Unavailable, settings.MissingSetting, settings.InvalidServerUrl, NoRoots)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"applied": […]}`, for a status with `"pending": […]`; a refused migration fails the invocation."""
    if custom_resource.asks(event):
        return custom_resource.answer(event, context, _deploy, name="microshop-schema", explains=_EXPLAINED)
    if event.get("status"):
        found = runner.status(_url())
        return {"applied": list(found.applied), "pending": list(found.pending)}
    applied = runner.migrate(_url())
    note_action("migrate", event, applied=applied)
    return {"applied": applied}


def _deploy() -> Mapping[str, str]:
    deployed = deploy(_url())
    observability.log().info("migrated", applied=deployed.applied, version=deployed.version)
    if deployed.newer:
        observability.log().warning("the schema is newer than this release", newer=deployed.newer)
    return {"SchemaVersion": deployed.version}


def _url() -> str:
    """Of the user that may change tables, where there is one of its own."""
    return settings.text("MIGRATION_DATABASE_URL", "") or settings.text("DATABASE_URL")
