"""Migrates the database's schema; with `{"status": true}` it shows applied and pending migrations.

Operators invoke it, and so does CloudFormation in every deployment, before it updates any other function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.migrations import runner
from microshop.migrations.deployment import deploy
from microshop.migrations.files import MigrationRefused
from microshop.operator_actions import note_action
from microshop.platform import custom_resource, observability, settings
from microshop.platform.tls import NoRoots

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.platform.lambda_context import Deadline

_EXPLAINED = (MigrationRefused, Unavailable, settings.MissingSetting, settings.InvalidServerUrl, NoRoots)


def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Return `{"applied": […]}`, and for a status `"pending": […]`. A refused migration fails the invocation."""
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
    """Return the URL of the user for migrations, or of the application's user if there is no other."""
    return settings.text("MIGRATION_DATABASE_URL", "") or settings.text("DATABASE_URL")
