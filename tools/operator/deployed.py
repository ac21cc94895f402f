"""Owns the operator's way into a deployed stack: functions by the outputs that name them, with the operator's rights.

Region and credentials are those of the AWS command line.
"""

import functools
import json
import re
from datetime import datetime
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tools.aws_errors import explained
from tools.local.invocation import FunctionFailed
from tools.operator.stacks import FAILED, LoggedError, checked, logged_error
from tools.problems import LocalProblem

_SECONDS = 900  # what a function may take at most
_LOG_PAGES = 20


class DeployedStack:
    """A stack in the account and region that the AWS command line would use."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def api_url(self) -> str:
        return self._output("ApiUrl")

    def invoke(self, function: str, **event: object) -> Any:
        called = self._output(f"{function}Name")
        config = Config(read_timeout=_SECONDS, retries={"total_max_attempts": 1})
        with explained():
            payload = json.dumps({**event, "operator": self._operator()}).encode()
            answer = _client("lambda", config=config).invoke(FunctionName=called, Payload=payload)
        result = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailed(called, result)
        return checked(result)

    def last_error(self, message_id: str, since: datetime) -> LoggedError | None:
        group = self._output("EventLogGroupName")
        if not re.fullmatch(r"[A-Za-z0-9-]+", message_id):
            return None
        found, more = None, dict[str, str]()
        with explained():
            for _ in range(_LOG_PAGES):
                page = _client("logs").filter_log_events(
                    logGroupName=group,
                    startTime=int(since.timestamp() * 1000),
                    filterPattern=f'{{ $.message_id = "{message_id}" && $.message = "{FAILED}" }}',
                    **more,
                )
                found = page["events"][-1]["message"] if page["events"] else found
                if "nextToken" not in page:
                    break
                more = {"nextToken": page["nextToken"]}
        return logged_error(json.loads(found)) if found else None

    @functools.cached_property
    def _outputs(self) -> dict[str, str]:
        with explained():
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
            raise LocalProblem(f"the stack {self.name} has no output {name}: is it a microshop, and up to date?")
        return self._outputs[name]

    def _operator(self) -> str:
        # Sessions of a single sign-on are named after a mail address, which no log is to hold.
        return str(_client("sts").get_caller_identity()["Arn"]).partition("@")[0]


def _client(service: str, **more: Any) -> Any:
    return boto3.client(service, **more)  # type: ignore[call-overload]
