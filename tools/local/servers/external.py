"""External servers, which the environment names instead of local ones. They are checked before anything starts."""

import os
from dataclasses import dataclass, field
from typing import Self

from microshop.migrations.database_users import APPLICATION, MIGRATIONS
from microshop.platform import settings
from tools.local.servers import external_database, external_redis
from tools.local.servers.problems import ServerProblem

DATABASE_URL = "MICROSHOP_DATABASE_URL"
MIGRATION_DATABASE_URL = "MICROSHOP_MIGRATION_DATABASE_URL"
REDIS_URL = "MICROSHOP_REDIS_URL"


@dataclass(frozen=True)
class ExternalServers:
    """The URLs of external servers. For an empty one, the local stack starts a server."""

    database_url: str = field(default="", repr=False)
    migration_database_url: str = field(default="", repr=False)
    redis_url: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables. Blanks around a value are removed, because copied values often have them."""
        return cls(*(os.environ.get(name, "").strip() for name in (DATABASE_URL, MIGRATION_DATABASE_URL, REDIS_URL)))

    def check(self) -> None:
        """Check that the shop can use each server.

        Raises:
            ServerProblem: it cannot. The message names the variable and the server, and says what to do.
        """
        if self.migration_database_url and not self.database_url:
            raise ServerProblem(f"{MIGRATION_DATABASE_URL} is set, but {DATABASE_URL} is not: set both, or neither.")
        if self.database_url:
            self._check_databases()
        if self.redis_url:
            external_redis.check(REDIS_URL, self.redis_url)

    def _check_databases(self) -> None:
        address = external_database.parsed(DATABASE_URL, self.database_url)
        if not self.migration_database_url:
            external_database.check(DATABASE_URL, address, MIGRATIONS, instead=MIGRATION_DATABASE_URL)
            return
        migrating = external_database.parsed(MIGRATION_DATABASE_URL, self.migration_database_url)
        _refuse_different_databases(address, migrating)
        external_database.check(MIGRATION_DATABASE_URL, migrating, MIGRATIONS)
        gets_tables = external_database.may_grant(migrating)
        external_database.check(DATABASE_URL, address, APPLICATION, gets_tables=gets_tables)


def _refuse_different_databases(one: settings.ServerAddress, other: settings.ServerAddress) -> None:
    # The hosts may differ, for example if only the application uses a proxy.
    if one.name != other.name:
        raise ServerProblem(
            f"{DATABASE_URL} names the database `{one.name}`, but {MIGRATION_DATABASE_URL} names `{other.name}`:"
            " use the same database in both."
        )
