"""Creates the shop's database and its two users, with exactly the privileges that they need.

CloudFormation invokes it in every deployment, before the migrations. Operators can invoke it with `{}`. No other
function signs in as the database's admin.
"""

from __future__ import annotations

from copy import replace
from typing import TYPE_CHECKING, Any

from microshop.errors import Unavailable
from microshop.migrations import database_users
from microshop.platform import custom_resource, observability, secrets, settings
from microshop.platform.mysql import Database
from microshop.platform.tls import NoRootCertificates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from microshop.platform.lambda_context import Deadline

_URLS = {database_users.APPLICATION: "DATABASE_URL", database_users.MIGRATIONS: "MIGRATION_DATABASE_URL"}
_PUBLIC_ERRORS = (
    database_users.UserRefused,
    Unavailable,
    settings.MissingSetting,
    settings.InvalidServerUrl,
    NoRootCertificates,
)


def handler(event: dict[str, Any], context: Deadline) -> Mapping[str, object]:
    """Returns `{"users": […], "revoked": […]}`: the users, and the executed REVOKE statements."""
    if custom_resource.is_request(event):
        return custom_resource.respond(
            event, context, _deploy, name="microshop-database-users", public_errors=_PUBLIC_ERRORS
        )
    return _prepare()


def _deploy() -> Mapping[str, str]:
    _prepare()
    return {}


def _prepare() -> dict[str, list[str]]:
    addresses = {user: settings.database_address(settings.text(name)) for user, name in _URLS.items()}
    users = {
        user: database_users.IAM_CLAUSE if address.iam else database_users.password_clause(address.password or "")
        for user, address in addresses.items()
    }
    address = addresses[database_users.MIGRATIONS]
    admin = Database(_as_admin(address))
    try:
        revoked = database_users.prepare(admin, address.name, users)
    finally:
        admin.close()
    observability.log().info("database prepared", users=list(users), revoked=revoked)
    return {"users": list(users), "revoked": revoked}


def _as_admin(address: settings.ServerAddress) -> settings.ServerAddress:
    """Returns the server's address for its admin, without the database, which may not exist yet."""
    # Not cached: the password may have been rotated.
    secret = secrets.fetch(settings.text("DATABASE_ADMIN_SECRET_ARN"))
    if not {"username", "password"} <= secret.keys():
        raise database_users.UserRefused("The admin's secret needs the fields username and password.")
    return replace(address, user=secret["username"], password=secret["password"], name="", iam=False)
