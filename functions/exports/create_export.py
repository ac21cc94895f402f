"""POST /api/v1/exports: write the orders or money movements of a period to a file. Returns a link to the file."""

from datetime import UTC, datetime, timedelta

from microshop.exports.exporting import new_key, write_export
from microshop.exports.queries import ExportQueries
from microshop.exports.schemas import CreateExportRequest
from microshop.exports.view import export_view
from microshop.http import ADMIN, Request, Response, created, endpoint
from microshop.platform import settings
from microshop.platform.mysql import database


@endpoint(requires=ADMIN)
def handler(request: Request) -> Response:
    body, now = request.body(CreateExportRequest), datetime.now(UTC)
    from microshop.exports.upload import Upload  # noqa: PLC0415 - boto3, which refused requests do not load

    progress = body.progress(now)
    file = Upload(settings.text("EXPORT_BUCKET_NAME"), new_key(body.period, progress.number, now))
    export = write_export(body.period, progress, ExportQueries(database()), file)
    seconds = settings.integer("EXPORT_URL_SECONDS", 900)
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    url = file.url(seconds)
    return created(export_view(export, url, expires_at), location=url, log={"rows": export.rows, "key": file.key})
