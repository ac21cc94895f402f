"""POST /api/v1/admin/customers/{id}/password-reset: send a customer the mail with a link to a new password."""

from microshop.customers.managing import send_password_reset
from microshop.customers.unit_of_work import CustomersUnitOfWork
from microshop.http import Request, Response, accepted, endpoint
from microshop.platform.mysql import database
from microshop.platform.redis import redis
from microshop.scopes import WRITE_CUSTOMERS
from microshop.users.mail_attempts import MailAttempts


@endpoint(requires=WRITE_CUSTOMERS)
def handler(request: Request) -> Response:
    uow = CustomersUnitOfWork(database())
    send_password_reset(request.require_caller(), request.path_id("id"), MailAttempts(redis()), uow)
    return accepted()
