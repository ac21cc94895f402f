"""Request bodies of a person's exports."""

from microshop.schemas import RequestModel
from microshop.users.schemas import ExistingPassword


class RequestDataExportRequest(RequestModel):
    """POST /users/data-exports."""

    current_password: ExistingPassword
