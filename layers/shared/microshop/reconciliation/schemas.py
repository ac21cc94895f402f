"""The request body of a repair."""

from typing import Annotated

from microshop.schemas import RequestModel, Text, line


class RepairRequest(RequestModel):
    """POST /admin/reconciliation/repairs: a check and a thing about which it disagrees, as in the report."""

    check: Annotated[Text, line(60)]
    subject: Annotated[Text, line(120)]
