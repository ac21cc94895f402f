"""A process that handles the same request many times: `repeated_requests.py <json>`. It imports almost nothing else.

The argument has the paths before and after the standard library, the module, the event as text, and the number of
requests. `{number}` in the event becomes the number of the request. The process fails if a request does.
"""

import json
import os
import sys


class _Context:
    """The context object of a handler."""

    aws_request_id = "0d6b2b1e-3c3f-4b8e-9d55-0f4c6b1f0a11"
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "shop")
    function_version = "$LATEST"
    invoked_function_arn = f"arn:aws:lambda:us-east-1:123456789012:function:{function_name}"
    memory_limit_in_mb = "512"

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def _main() -> None:
    before, after, module, event, requests = json.loads(sys.argv[1])
    sys.path[:] = [*before, *sys.path[1:], *after]  # without this file's folder, the first
    __import__(module)
    handler = sys.modules[module].handler
    for number in range(requests):
        answer = json.dumps(handler(json.loads(event.replace("{number}", str(number))), _Context()))
        if '"statusCode": 4' in answer or '"statusCode": 5' in answer:
            sys.exit(answer)


_main()
