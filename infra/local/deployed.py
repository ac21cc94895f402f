"""Owns the operator's way into a deployed stack: invoking a function by the output that names it."""

import json
from typing import Any

from infra.local.problems import LocalProblem

_SECONDS = 900  # what a function may take at most


def invoke_deployed(stack_name: str, output: str, event: str) -> Any:
    """What the function that the stack's `output` names returns for an event, given as JSON.

    Region and credentials are those of the AWS command line.

    Raises:
        LocalProblem: AWS refuses, there is no such stack or output, or the function raised an error.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        [stack] = boto3.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
        if output not in outputs:
            raise LocalProblem(f"the stack {stack_name} has no output {output}: is it a microshop, and up to date?")
        config = Config(read_timeout=_SECONDS, retries={"total_max_attempts": 1})
        answer = boto3.client("lambda", config=config).invoke(FunctionName=outputs[output], Payload=event.encode())
    except (BotoCoreError, ClientError) as error:
        raise LocalProblem(f"AWS was asked about the stack {stack_name} in vain: {error}") from error
    result = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise LocalProblem(f"{outputs[output]} failed: {result.get('errorType')}: {result.get('errorMessage')}")
    return result
