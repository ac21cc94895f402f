"""DELETE /api/v1/admin/customers/{id}/sessions: end all sessions of an account."""

from microshop.customers.managing import end_sessions
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.http import Request, Response, endpoint, no_content
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import WRITE_CUSTOMERS
from microshop.users.sessions import Sessions


@endpoint(requires=WRITE_CUSTOMERS)
def handler(request: Request) -> Response:
    end_sessions(request.require_caller(), request.path_id("id"), Sessions(redis()), CustomersUnitOfWork(database()))
    return no_content()
