"""Owns what a stage's parameters say against each other that the template's Rules cannot see.

A rule of CloudFormation compares whole texts. It knows neither which of two numbers is larger nor what is inside a URL.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.release.problems import ReleaseProblem
from tools.templates.sam import effective_parameters, load

# That of the functions in infra/messaging.yaml that read queues.
CONSUMER_TIMEOUT_SECONDS = 30


def check_stage(template: Path, stage: str, given: Mapping[str, str]) -> None:
    """Refuses the parameters of a stage that contradict each other.

    Raises:
        ReleaseProblem: they do; the text names the stage and every contradiction.
    """
    found = list(contradictions(effective_parameters(load(template), given, template)))
    if found:
        raise ReleaseProblem(f"infra/stages/{stage}.yaml contradicts itself: {'; '.join(found)}")


def contradictions(parameters: Mapping[str, Any]) -> Iterator[str]:
    """Yields a sentence for each contradiction, of parameters with their defaults."""
    if float(parameters["DatabaseMinAcu"]) > float(parameters["DatabaseMaxAcu"]):
        yield "DatabaseMinAcu is larger than DatabaseMaxAcu"
    # RDS's condition for storage that grows by itself.
    if 10 * int(parameters["DatabaseMaxStorageGiB"]) < 11 * int(parameters["DatabaseStorageGiB"]):
        yield "DatabaseMaxStorageGiB must be larger than DatabaseStorageGiB by a tenth"
    # Local shops may have less: only Lambda minds.
    if int(parameters["QueueVisibilitySeconds"]) < CONSUMER_TIMEOUT_SECONDS:
        yield f"QueueVisibilitySeconds is less than the {CONSUMER_TIMEOUT_SECONDS} seconds a consumer may take"
    if len(parameters["SubnetIds"]) == 1 and parameters["SubnetIds"] != [""] and not parameters["DatabaseUrl"]:
        yield "SubnetIds has one subnet, and a created database needs subnets in two zones"
    if url := parameters["RedisUrl"]:
        signs_in, has_user = "auth=iam" in url, parameters["RedisUserArn"] != "none"
        if signs_in and not has_user:
            yield "RedisUrl has auth=iam and RedisUserArn is none"
        if has_user and not signs_in:
            yield "RedisUserArn is not none and RedisUrl has no auth=iam"
