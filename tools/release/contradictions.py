"""Finds contradictions between a stage's parameters that the template's Rules cannot express.

A rule of CloudFormation compares whole texts. It can neither compare numbers nor look into a URL.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.release.problems import ReleaseProblem
from tools.templates.sam import effective_parameters, load

# The timeout of consumers in infra/messaging.yaml.
CONSUMER_TIMEOUT_SECONDS = 30


def check_stage(template: Path, stage: str, given: Mapping[str, str]) -> None:
    """Check the parameters of a stage.

    Raises:
        ReleaseProblem: parameters contradict each other; the text has the stage and every contradiction.
    """
    found = list(contradictions(effective_parameters(load(template), given, template)))
    if found:
        raise ReleaseProblem(f"infra/stages/{stage}.yaml contradicts itself: {'; '.join(found)}")


def contradictions(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yields a sentence for each contradiction. `parameters` include the defaults."""
    if float(parameters["DatabaseMinAcu"]) > float(parameters["DatabaseMaxAcu"]):
        yield "DatabaseMinAcu is larger than DatabaseMaxAcu"
    if (
        parameters["DatabaseProxy"] == "on"
        and parameters["DatabaseEngine"] == "aurora"
        and float(parameters["DatabaseMinAcu"]) == 0
    ):
        yield "DatabaseMinAcu is 0, but DatabaseProxy is on, and its connections keep Aurora from pausing"
    # A condition of RDS for storage autoscaling.
    if 10 * int(parameters["DatabaseMaxStorageGiB"]) < 11 * int(parameters["DatabaseStorageGiB"]):
        yield "DatabaseMaxStorageGiB must be at least 10 % larger than DatabaseStorageGiB"
    # Lambda requires this; the local stack allows less.
    if int(parameters["QueueVisibilitySeconds"]) < CONSUMER_TIMEOUT_SECONDS:
        yield f"QueueVisibilitySeconds is less than the consumers' timeout of {CONSUMER_TIMEOUT_SECONDS} seconds"
    if len(parameters["SubnetIds"]) == 1 and parameters["SubnetIds"] != [""] and not parameters["DatabaseUrl"]:
        yield "SubnetIds has one subnet, but a created database needs subnets in two zones"
    certificate = parameters["CertificateArn"]
    if parameters["Distribution"] == "on" and certificate and ":us-east-1:" not in certificate:
        yield "CertificateArn is not in us-east-1, but Distribution is on, and CloudFront accepts no other"
    if url := parameters["RedisUrl"]:
        signs_in, has_user = "auth=iam" in url, parameters["RedisUserArn"] != "none"
        if signs_in and not has_user:
            yield "RedisUrl has auth=iam, but RedisUserArn is none"
        if has_user and not signs_in:
            yield "RedisUserArn is not none, but RedisUrl has no auth=iam"
