"""POST /api/v1/exports: write the orders, money movements or audit log of a period to a file, and return a link."""

from datetime import UTC, datetime, timedelta

from microshop.exports.creating import create_export
from microshop.exports.exporting import new_key
from microshop.exports.schemas import CreateExportRequest
from microshop.exports.unit_of_work import ExportsUnitOfWork
from microshop.exports.view import export_view
from microshop.http import Request, Response, created, endpoint
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.scopes import READ_ORDERS


@endpoint(requires=READ_ORDERS)
def handler(request: Request) -> Response:
    body, now = request.body(CreateExportRequest), datetime.now(UTC)
    from microshop.exports.upload import Upload  # noqa: PLC0415 - boto3, which refused requests do not load

    progress = body.progress(now)
    file = Upload(settings.text("EXPORT_BUCKET_NAME"), new_key(body.period, progress.number, now))
    export = create_export(request.require_caller(), body.period, progress, file, ExportsUnitOfWork(database()))
    seconds = settings.integer("EXPORT_URL_SECONDS", 900)
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    url = file.url(seconds)
    return created(export_view(export, url, expires_at), location=url, log={"rows": export.rows, "key": file.key})
