"""POST /api/v1/users/data-exports: ask for a file with everything that the shop stores about the caller."""

from datetime import UTC, datetime

from microshop.data_exports.requesting import request_data_export
from microshop.data_exports.schemas import RequestDataExportRequest
from microshop.data_exports.unit_of_work import DataExportsUnitOfWork
from microshop.data_exports.view import data_export_view
from microshop.http import CUSTOMER, Request, Response, accepted, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.users.login_attempts import CallerAttempts


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    export = request_data_export(
        request.require_caller(),
        request.body(RequestDataExportRequest),
        attempts=CallerAttempts(redis()),
        uow=DataExportsUnitOfWork(database()),
    )
    return accepted(data_export_view(export, datetime.now(UTC)))
