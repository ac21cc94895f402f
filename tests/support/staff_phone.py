"""A member of staff with an authenticator app, on the real use cases."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from microshop.caller import CUSTOMER, Caller
from microshop.platform.sealing import LocalSealer
from microshop.scopes import EVERYTHING
from microshop.second_factor.enrolling import Enrolled, begin_enrolment, confirm_enrolment
from microshop.second_factor.schemas import VerifySecondFactorRequest
from microshop.second_factor.totp import code_of, step_at
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.second_factor.verifying import verify_second_factor
from microshop.staff.repository import StaffRepository
from microshop.users.access import PENDING, Access
from microshop.users.login_attempts import CallerAttempts
from microshop.users.repository import UserRepository
from microshop.users.sessions import NewSession, Sessions
from tests.support.builders import a_caller

if TYPE_CHECKING:
    from microshop.platform.mysql import Database
    from microshop.platform.redis import Redis

SEALER = LocalSealer("key of the tests")
NOW = 1_760_000_000.0
LIFETIME = 600


@dataclass
class Colleague:
    """A member of staff. `secret` is in their app."""

    user_id: int
    database: Database
    redis: Redis
    secret: bytes = b""
    recovery_codes: list[str] = field(default_factory=list)

    @classmethod
    def hired(cls, database: Database, redis: Redis, *role_ids: int, name: str = "ada") -> Colleague:
        """Register an account and give it roles."""
        user_id = UserRepository(database).add(
            email=f"{name}@example.com", username=name, role=CUSTOMER, language="en", password_hash="hash"
        )
        for role_id in role_ids:
            database.execute(
                "INSERT INTO user_roles (user_id, role_id) VALUES (%(user)s, %(role)s)",
                {"user": user_id, "role": role_id},
            )
        return cls(user_id, database, redis)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.redis)

    def signed_in(self, second_factor: int | str | None = None) -> Caller:
        """Open a session. Returns its caller."""
        scopes = StaffRepository(self.database).scopes_of(self.user_id)
        access = Access(scopes, PENDING if second_factor == PENDING else None)
        caller = self.sessions.find(self.sessions.open(self.user_id, LIFETIME, access).token)
        assert caller is not None
        return caller

    def begin(self, caller: Caller) -> None:
        """Begin to enrol, and scan the code."""
        begun = begin_enrolment(caller, shop_name="Teahouse", sealer=SEALER, uow=SecondFactorUnitOfWork(self.database))
        self.secret = base64.b32decode(begun.secret)

    def confirm(self, caller: Caller, code: str | None = None) -> Enrolled:
        """Send the first code, which is that of the previous step, so that later steps are left."""
        enrolled = confirm_enrolment(
            caller,
            code or self.code(-1),
            now=NOW,
            sealer=SEALER,
            sessions=self.sessions,
            attempts=CallerAttempts(self.redis),
            uow=SecondFactorUnitOfWork(self.database),
        )
        self.recovery_codes = list(enrolled.recovery_codes)
        return enrolled

    def enrol(self) -> Enrolled:
        """Begin and confirm in a new session."""
        caller = self.signed_in()
        self.begin(caller)
        return self.confirm(caller)

    def code(self, drift: int = 0) -> str:
        """The code that the app shows, `drift` steps later."""
        return code_of(self.secret, step_at(NOW) + drift)

    def verify(self, caller: Caller, code: str | None = None, *, recovery_code: str | None = None) -> NewSession:
        """Send a code."""
        return verify_second_factor(
            caller,
            VerifySecondFactorRequest(code=code) if code else VerifySecondFactorRequest(recovery_code=recovery_code),
            now=NOW,
            sealer=SEALER,
            sessions=self.sessions,
            attempts=CallerAttempts(self.redis),
            uow=SecondFactorUnitOfWork(self.database),
        )


def owner_of(colleague: Colleague) -> Caller:
    """A caller with every scope in the name of the colleague."""
    return a_caller(user_id=colleague.user_id, scopes=EVERYTHING)
