"""A process of a race that makes an owner a packer. Arguments: the account that acts, and the one that changes."""

import sys

from microshop.staff.granting import change_roles
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.sessions import Sessions
from tests.support.builders import a_caller
from tests.support.process_race import act_when_told

_PACKER = 3

if __name__ == "__main__":
    caller, member = a_caller(user_id=int(sys.argv[1])), int(sys.argv[2])
    act_when_told(
        lambda database, redis: change_roles(
            caller, member, {_PACKER}, Sessions(redis), StaffUnitOfWork(database, redis)
        )
    )
