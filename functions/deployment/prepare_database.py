"""Makes the shop's database and its two users, and holds them to what each may do.

CloudFormation has it done in every deployment, before the migrations; an operator can with `{}`. It is the one function
that signs in as the database's admin.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from microshop.errors import Unavailable
from microshop.migrations import users
from microshop.platform import custom_resource, observability, secrets, settings
from microshop.platform.mysql import Database
from microshop.platform.tls import NoRoots

_URLS = {users.APPLICATION: "DATABASE_URL", users.MIGRATIONS: "MIGRATION_DATABASE_URL"}
_EXPLAINED = (users.UserRefused, Unavailable, settings.MissingSetting, settings.InvalidServerUrl, NoRoots)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """`{"users": […], "taken_back": […]}`, the latter as the statements that did."""
    if custom_resource.asks(event):
        return custom_resource.answer(event, context, _deploy, name="microshop-database-users", explains=_EXPLAINED)
    return _prepare()


def _deploy() -> Mapping[str, str]:
    _prepare()
    return {}


def _prepare() -> dict[str, Any]:
    addresses = {user: settings.database_address(settings.text(name)) for user, name in _URLS.items()}
    identified = {
        user: users.BY_IAM if address.iam else users.by_password(address.password or "")
        for user, address in addresses.items()
    }
    to = addresses[users.MIGRATIONS]
    admin = Database(_as_admin(to))
    try:
        taken_back = users.prepare(admin, to.name, identified)
    finally:
        admin.close()
    observability.log().info("database prepared", users=list(identified), taken_back=taken_back)
    return {"users": list(identified), "taken_back": taken_back}


def _as_admin(address: settings.ServerAddress) -> settings.ServerAddress:
    """The same server for its admin, who signs in with a password and to no database: it need not be there yet."""
    # Asked for anew: one that was kept may have been rotated since.
    secret = secrets.fetch(settings.text("DATABASE_ADMIN_SECRET_ARN"))
    if not {"username", "password"} <= secret.keys():
        raise users.UserRefused("The admin's secret needs the fields username and password.")
    return replace(address, user=secret["username"], password=secret["password"], name="", iam=False)
