"""The templates, read once per test process."""

import functools
from pathlib import Path

from tools.templates.inventory import read_inventory
from tools.templates.model import Inventory, Route

ROOT = Path(__file__).parents[2]
# Nothing connects to these: reading a template starts no server.
NOWHERE = {
    "DatabaseUrl": "mysql://user:password@database.invalid/shop",
    "RedisUrl": "redis://redis.invalid",
    "DatabaseAdminSecretArn": "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin",  # adds its function
}


@functools.cache
def inventory() -> Inventory:
    """template.yaml and its nested templates."""
    return read_inventory(ROOT / "template.yaml", parameters=NOWHERE, aws_endpoint_url="http://aws.invalid")


def http_routes() -> list[Route]:
    """The routes of functions, without CORS preflights."""
    return [route for api in inventory().apis for route in api.routes if route.mock is None]


def file_of(function_name: str) -> str:
    """The name of the file of a function's handler, without `.py`."""
    return inventory().functions[function_name].handler.partition(".")[0]
