"""FastAPI behind Mangum. The endpoint is a coroutine, because FastAPI calls a plain function in another thread."""

from typing import Any

from fastapi import FastAPI, Request, Response
from mangum import Mangum
from setting import answer, logger, metrics, record

app = FastAPI()


async def product(number: str, request: Request, response: Response) -> Any:
    """Serve the request."""
    status, content = answer(number, (await request.body()).decode())
    record("/api/v1/products/{number}", status)
    response.status_code = status
    return content


app.add_api_route("/api/v1/products/{number}", product, methods=["GET", "POST"])

_serve = Mangum(app, lifespan="off")


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Serve a request of API Gateway."""
    return _serve(event, context)
