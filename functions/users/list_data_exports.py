"""GET /api/v1/users/data-exports: the caller's exports, with a fresh link to each file that is ready."""

from microshop.data_exports.repository import DataExportRepository
from microshop.data_exports.view import data_export_list
from microshop.http import CUSTOMER, Request, Response, endpoint, ok
from microshop.platform import settings
from microshop.platform.mysql import database

_NEWEST = 10


@endpoint(requires=CUSTOMER)
def handler(request: Request) -> Response:
    exports = DataExportRepository(database()).of_user(request.require_caller().user_id, _NEWEST)
    return ok(data_export_list(exports, _presign))


def _presign(key: str, seconds: int) -> str:
    from microshop.exports.upload import presigned_url  # noqa: PLC0415 - boto3, which only a ready export needs

    return presigned_url(settings.text("EXPORT_BUCKET_NAME"), key, seconds)
