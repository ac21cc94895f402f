"""powertools' resolver."""

import json
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from setting import answer, logger, metrics, record

app = APIGatewayRestResolver()


def product(number: str) -> Response[str]:
    """Serve the request."""
    status, content = answer(number, app.current_event.body)
    record("/api/v1/products/<number>", status)
    return Response(status, "application/json", json.dumps(content))


app.route("/api/v1/products/<number>", method=["GET", "POST"])(product)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Serve a request of API Gateway."""
    return app.resolve(event, context)
