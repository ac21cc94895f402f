"""Access to a deployed stack, with the operator's own AWS permissions.

The stack's outputs name its functions. Region and credentials are those of the AWS command line.
"""

import functools
import json
import re
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.aws_errors import explain_aws_errors
from tools.local.invocation import FunctionFailed
from tools.operator.stacks import FAILED, LoggedError, logged_error, result_of
from tools.problems import LocalProblem

_TIMEOUT_SECONDS = 900  # the maximum of Lambda
_MAX_LOG_PAGES = 20


class DeployedStack:
    """A stack in the account and region that the AWS command line would use."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def api_url(self) -> str:
        return self._output("ApiUrl")

    def invoke(self, function: str, **event: object) -> Any:
        name = self._output(f"{function}Name")
        config = Config(read_timeout=_TIMEOUT_SECONDS, retries={"total_max_attempts": 1})
        with explain_aws_errors():
            payload = json.dumps({**event, "operator": self._operator()}).encode()
            answer = _client("lambda", config=config).invoke(FunctionName=name, Payload=payload)
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailed(name, result)
        return result_of(result)

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:
        group = self._output("EventLogGroupName")
        if not re.fullmatch(r"[A-Za-z0-9-]+", message_id):
            return None
        found, token = None, dict[str, str]()
        with explain_aws_errors():
            for _ in range(_MAX_LOG_PAGES):
                page = _client("logs").filter_log_events(
                    logGroupName=group,
                    startTime=int(since.timestamp() * 1000),
                    filterPattern=f'{{ $.message_id = "{message_id}" && $.message = "{FAILED}" }}',
                    **token,
                )
                found = page["events"][-1]["message"] if page["events"] else found
                if "nextToken" not in page:
                    break
                token = {"nextToken": page["nextToken"]}
        return logged_error(json.loads(found)) if found else None

    @functools.cached_property
    def _outputs(self) -> dict[str, str]:
        with explain_aws_errors():
            client = _client("cloudformation")
            try:
                [stack] = client.describe_stacks(StackName=self.name)["Stacks"]
            except ClientError as error:
                if "does not exist" not in str(error):
                    raise
                raise LocalProblem(
                    f"there is no stack {self.name} in {client.meta.region_name} in this AWS account: check STACK "
                    "(microshop- and the stage), AWS_REGION and AWS_PROFILE"
                ) from None
        return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}

    def _output(self, name: str) -> str:
        if name not in self._outputs:
            raise LocalProblem(
                f"the stack {self.name} has no output {name}: check that it is a microshop stack of this release"
            )
        return self._outputs[name]

    def _operator(self) -> str:
        # Single sign-on names sessions after a mail address, which must not appear in logs.
        return str(_client("sts").get_caller_identity()["Arn"]).partition("@")[0]


def _client(service: str, **options: Any) -> Any:
    return boto3.client(service, **options)  # type: ignore[call-overload]
