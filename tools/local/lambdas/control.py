"""The Invoke API of Lambda on a separate port, for commands and tests, and a list of the environments."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tools.local.lambdas.environment import environment_info
from tools.local.lambdas.environments import EventTooLarge
from tools.local.lambdas.pool import Throttled
from tools.templates.model import function_of_arn

if TYPE_CHECKING:
    from starlette.requests import Request

    from tools.local.lambdas.environments import Environments
    from tools.local.logs import Log


def control_app(environments: Environments, log: Log) -> Starlette:
    """Returns an application for `boto3.client("lambda", endpoint_url=…).invoke` and `aws lambda invoke`."""

    async def invoke(request: Request) -> Response:
        if "origin" in request.headers:  # sent by web pages, which must not be able to create an admin
            return _error(403, "AccessDeniedException", "Web pages may not invoke functions.")
        name = function_of_arn(request.path_params["name"])
        event = await request.body() or b"{}"
        try:
            json.loads(event)
            environments.function(name)
        except ValueError as error:
            return _error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        except KeyError:
            return _error(404, "ResourceNotFoundException", f"Function not found: {name}")
        match request.headers.get("x-amz-invocation-type", "RequestResponse"):
            case "DryRun":
                return Response(status_code=204)
            case "Event":
                request_id = environments.invoke_later(name, event)
                log.info("invoked asynchronously", request_id, function=name)
                return Response(status_code=202, headers={"x-amzn-RequestId": request_id})
            case _:
                return await _invoked(environments, name, event)

    async def listing(_: Request) -> Response:
        return JSONResponse(
            [environment_info(one) for pool in environments.pools.values() for one in pool.environments]
        )

    return Starlette(
        routes=[
            Route("/2015-03-31/functions/{name}/invocations", invoke, methods=["POST"]),
            Route("/environments", listing),
        ],
        # Refuses pages whose name resolves to this machine (DNS rebinding): they send that name as host.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
    )


async def _invoked(environments: Environments, name: str, event: bytes) -> Response:
    try:
        result = await environments.invoke(name, event)
    except Throttled:
        return _error(429, "TooManyRequestsException", "Rate Exceeded.")
    except EventTooLarge:
        message = "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
        return _error(413, "RequestEntityTooLargeException", message)
    headers = {"x-amzn-RequestId": result.request_id, "X-Amz-Executed-Version": "$LATEST"}
    if result.is_error:
        headers["X-Amz-Function-Error"] = "Unhandled"
    return Response(result.payload, headers=headers, media_type="application/json")


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse({"Type": "User", "Message": message}, status, headers={"x-amzn-ErrorType": kind})
