"""A process of a race that sends a code. Arguments: account, session, `code` or `recovery_code`, and the code."""

import sys

from tests.support.builders import a_caller
from tests.support.process_race import act_when_told
from tests.support.staff_phone import Colleague

if __name__ == "__main__":
    user_id, session, kind, code = sys.argv[1:]
    caller = a_caller(user_id=int(user_id), session=session)
    codes = {"recovery_code": code} if kind == "recovery_code" else {"code": code}
    act_when_told(lambda database, redis: Colleague(int(user_id), database, redis).verify(caller, **codes))
