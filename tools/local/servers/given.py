"""The servers that the environment names in place of local ones, checked before anything starts."""

import os
from dataclasses import dataclass, field
from typing import Self

from microshop.migrations.database_users import APPLICATION, MIGRATIONS
from microshop.platform import settings
from tools.local.servers import given_database, given_redis
from tools.local.servers.problems import ServerProblem

DATABASE_URL = "MICROSHOP_DATABASE_URL"
MIGRATION_DATABASE_URL = "MICROSHOP_MIGRATION_DATABASE_URL"
REDIS_URL = "MICROSHOP_REDIS_URL"


@dataclass(frozen=True)
class GivenServers:
    """URLs of servers that run already; an empty one means that the local stack starts its own."""

    database_url: str = field(default="", repr=False)
    migration_database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables. Surrounding blanks, which a copied value often has, do not count."""
        return cls(*(os.environ.get(name, "").strip() for name in (DATABASE_URL, MIGRATION_DATABASE_URL, REDIS_URL)))

    def check(self) -> None:
        """Ask each server whether the shop can work with it.

        Raises:
            ServerProblem: it cannot. The one sentence names the variable, the server, the user and what to do.
        """
        if self.migration_database_url and not self.database_url:
            raise ServerProblem(f"{MIGRATION_DATABASE_URL} is set and {DATABASE_URL} is not: set both, or neither.")
        if self.database_url:
            self._check_databases()
        if self.redis_url:
            given_redis.check(REDIS_URL, self.redis_url)

    def _check_databases(self) -> None:
        address = given_database.parsed(DATABASE_URL, self.database_url)
        if not self.migration_database_url:
            given_database.check(DATABASE_URL, address, MIGRATIONS, instead=MIGRATION_DATABASE_URL)
            return
        migrating = given_database.parsed(MIGRATION_DATABASE_URL, self.migration_database_url)
        _refuse_different_databases(address, migrating)
        given_database.check(DATABASE_URL, address, APPLICATION)
        given_database.check(MIGRATION_DATABASE_URL, migrating, MIGRATIONS)


def _refuse_different_databases(one: settings.ServerAddress, other: settings.ServerAddress) -> None:
    # Hosts may differ: a proxy for the application, the server itself for migrations.
    if one.name != other.name:
        raise ServerProblem(
            f"{DATABASE_URL} names the database `{one.name}` and {MIGRATION_DATABASE_URL} `{other.name}`:"
            " both must name the same one."
        )
