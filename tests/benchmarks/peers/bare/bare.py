"""A handler that imports only json: what every start is compared with."""

import json


def handler(event, context):
    """Answer."""
    return {"statusCode": 200, "body": json.dumps({})}
