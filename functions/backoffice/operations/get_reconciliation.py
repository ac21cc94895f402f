"""GET /api/v1/admin/reconciliation: the report of the latest comparison of the books."""

from microshop.http import Request, Response, endpoint, ok
from microshop.platform.mysql import database
from microshop.reconciliation.report_queries import StoredReports
from microshop.reconciliation.staff_view import reconciliation_state_view
from microshop.scopes import OPERATE


@endpoint(requires=OPERATE)
def handler(_request: Request) -> Response:
    return ok(reconciliation_state_view(StoredReports(database()).latest()))
