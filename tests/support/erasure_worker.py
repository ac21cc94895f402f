"""A process of a race for the erasure of an account. Arguments: `ask` or `cancel`, and the account."""

import sys
from datetime import timedelta

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.privacy.asking import request_erasure
from microshop.privacy.cancelling import cancel_erasure
from microshop.privacy.schemas import RequestErasureRequest
from microshop.privacy.unit_of_work import ErasuresUnitOfWork
from microshop.users.login_attempts import CallerAttempts
from tests.support.account_owner import OLD_PASSWORD
from tests.support.builders import a_caller
from tests.support.fakes import FakeMailAttempts
from tests.support.process_race import act_when_told


def act(database: Database, redis: Redis, kind: str, user_id: int) -> object:
    """Ask or cancel; mails do not wait for each other."""
    caller, uow = a_caller(user_id=user_id), ErasuresUnitOfWork(database)
    if kind == "cancel":
        return cancel_erasure(caller, uow)
    return request_erasure(
        caller,
        RequestErasureRequest(current_password=OLD_PASSWORD),
        timedelta(days=14),
        attempts=CallerAttempts(redis),
        mails=FakeMailAttempts(),
        uow=uow,
    )


if __name__ == "__main__":
    act_when_told(lambda database, redis: act(database, redis, sys.argv[1], int(sys.argv[2])))
