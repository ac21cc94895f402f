"""Flask behind apig-wsgi."""

from typing import Any

from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue
from setting import answer, logger, metrics, record

app = Flask("shop")


def product(number: str) -> ResponseReturnValue:
    """Serve the request."""
    status, content = answer(number, request.get_data(as_text=True))
    record("/api/v1/products/<number>", status)
    return jsonify(content), status


app.add_url_rule("/api/v1/products/<number>", view_func=product, methods=["GET", "POST"])

_serve = make_lambda_handler(app.wsgi_app)


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Serve a request of API Gateway."""
    return _serve(event, context)
