"""The HTTP framework of the API's functions. Handlers see a Request and return a Response, not Lambda's events."""

from microshop.caller import ADMIN, CUSTOMER
from microshop.http.endpoint import endpoint
from microshop.http.request import Request
from microshop.http.response import Response, created, no_content, not_modified, ok

__all__ = ["ADMIN", "CUSTOMER", "Request", "Response", "created", "endpoint", "no_content", "not_modified", "ok"]
