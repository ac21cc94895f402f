"""The HTTP framework of the API's functions. Handlers see a Request and return a Response, not Lambda's events."""

from microshop.caller import CUSTOMER, STAFF
from microshop.http.endpoint import endpoint
from microshop.http.request import Request
from microshop.http.response import Response, accepted, created, no_content, not_modified, ok

__all__ = [
    "CUSTOMER",
    "STAFF",
    "Request",
    "Response",
    "accepted",
    "created",
    "endpoint",
    "no_content",
    "not_modified",
    "ok",
]
