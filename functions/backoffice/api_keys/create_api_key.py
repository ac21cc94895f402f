"""POST /api/v1/admin/api-keys: create an API key of the caller; its token is shown only in this response."""

from datetime import UTC, datetime, timedelta

from microshop.http import Request, Response, created, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import MANAGE_STAFF
from microshop.staff.key_managing import create_key
from microshop.staff.schemas import CreateApiKeyRequest
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff.view import created_key_view


@endpoint(requires=MANAGE_STAFF, fresh_second_factor=True)
def handler(request: Request) -> Response:
    body = request.body(CreateApiKeyRequest)
    expires_at = datetime.now(UTC) + timedelta(days=body.days)
    uow = StaffUnitOfWork(database(), redis())
    made = create_key(request.require_caller(), body.name, frozenset(body.scopes), expires_at, uow)
    return created(created_key_view(made), location="/api/v1/admin/api-keys", log={"created_key_id": made.key.id})
