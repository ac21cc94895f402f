"""The transaction of the use cases of staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.api_keys.cache import ApiKeyCache
from microshop.api_keys.repository import ApiKeyRepository
from microshop.audit.repository import AuditLog
from microshop.staff.repository import StaffRepository
from microshop.staff.role_repository import RoleRepository
from microshop.users.unit_of_work import UsersUnitOfWork

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis


class StaffUnitOfWork(UsersUnitOfWork):
    """A transaction over accounts, roles, API keys and the outbox.

    The entries of keys in Redis are written before the commit, so that a Redis outage rolls the change back.
    """

    def __init__(self, database: Database, redis: Redis) -> None:
        super().__init__(database)
        self.staff = StaffRepository(database)
        self.roles = RoleRepository(database)
        self.api_keys = ApiKeyRepository(database)
        self.api_key_cache = ApiKeyCache(redis)
        self.audit = AuditLog(database)
