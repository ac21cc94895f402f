"""POST /api/v1/admin/reconciliation/repairs: repair what a check finds about a thing."""

import json
from datetime import UTC, datetime

from microshop.http import Request, Response, endpoint, ok
from microshop.platform import observability, settings
from microshop.platform.mysql import database
from microshop.reconciliation.check import Window
from microshop.reconciliation.queries import Books
from microshop.reconciliation.schemas import RepairRequest
from microshop.reconciliation.staff_repairs import repair_disagreement
from microshop.reconciliation.staff_view import repair_result_view
from microshop.reconciliation.unit_of_work import RepairsUnitOfWork
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(request: Request) -> Response:
    body, window = request.body(RepairRequest), Window.of_days(None, datetime.now(UTC))
    result = repair_disagreement(
        request.require_caller(),
        body.check,
        body.subject,
        inboxes=json.loads(settings.text("INBOXES")),
        window=window,
        books=Books(database()),
        uow=RepairsUnitOfWork(database()),
    )
    for error in result.errors:
        fields = {"request_id": request.id, "check": body.check, "subject": body.subject}
        observability.log().warning("repair failed", **fields, reason=error)
    return ok(repair_result_view(result))
