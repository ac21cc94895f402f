"""A process of a race that asks for an export. Argument: the id of the account."""

import sys

from microshop.caller import Caller
from microshop.data_exports.requesting import request_data_export
from microshop.data_exports.schemas import RequestDataExportRequest
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.users.login_attempts import CallerAttempts
from tests.support.account_owner import OLD_PASSWORD
from tests.support.process_race import act_when_told

if __name__ == "__main__":
    user_id, session = sys.argv[1:]
    act_when_told(
        lambda database, redis: request_data_export(
            Caller(int(user_id), session),
            RequestDataExportRequest(current_password=OLD_PASSWORD),
            attempts=CallerAttempts(redis),
            uow=DataExportsUnitOfWork(database),
        )
    )
