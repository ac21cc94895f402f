"""POST /api/v1/admin/second-factor: begin to enrol a second factor. A code puts it into force."""

from microshop.http import STAFF, Request, Response, endpoint, ok
from microshop.platform import settings
from microshop.platform.mysql import database
from microshop.platform.sealing import sealer
from microshop.second_factor.enrolling import begin_enrolment
from microshop.second_factor.unit_of_work import SecondFactorUnitOfWork
from microshop.second_factor.view import enrolment_begun_view


@endpoint(requires=STAFF)
def handler(request: Request) -> Response:
    begun = begin_enrolment(
        request.require_caller(),
        shop_name=settings.text("SHOP_NAME"),
        sealer=sealer(),
        uow=SecondFactorUnitOfWork(database()),
    )
    return ok(enrolment_begun_view(begun))
