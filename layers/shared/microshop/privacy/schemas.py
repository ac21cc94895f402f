"""Requests about the erasure of an account."""

from microshop.schemas import RequestModel
from microshop.users.schemas import ExistingPassword


class RequestErasureRequest(RequestModel):
    """POST /users/erasure."""

    current_password: ExistingPassword
