"""A handler for every member of staff that changes something without an audit row."""

from microshop.http import STAFF, Request, Response, endpoint, no_content


@endpoint(requires=STAFF)
def handler(request: Request) -> Response:
    request.require_caller()
    return no_content()
