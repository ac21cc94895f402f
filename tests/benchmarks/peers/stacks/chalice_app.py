"""Chalice."""

from typing import Any

from chalice.app import Chalice, Response
from setting import answer, logger, metrics, record

app = Chalice(app_name="shop")


def product(id: str) -> Response:  # noqa: A002 - the name in the route
    """Serve the request."""
    body = app.current_request.raw_body
    status, content = answer(id, body.decode() if body else None)
    record("/api/v1/products/{id}", status)
    return Response(content, status_code=status)


app.route("/api/v1/products/{id}", methods=["GET", "POST"])(product)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Serve a request of API Gateway."""
    return app(event, context)
