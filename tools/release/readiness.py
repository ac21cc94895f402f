"""Checks before the build, which takes minutes, that the deployment after it can start."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.release.aws import target
from tools.release.problems import ReleaseProblem
from tools.templates import stages


def preflight(goal: str, stage: str, *, first: bool) -> Iterator[str]:
    """Yields the target of `make deploy` or `make changes`, and notes about probable mistakes.

    Raises:
        ReleaseProblem: the stage does not exist, or `changes` has no stack to compare with.
        LocalProblem: AWS refuses or does not answer.
    """
    if stage not in stages.NAMES:
        raise ReleaseProblem(f"STAGE must be one of {', '.join(stages.NAMES)}, not {stage}")
    stack = f"microshop-{stage}"
    where, exists = target(stack)
    if goal == "changes" and not exists:
        raise ReleaseProblem(f"there is no {stack} in {where} to compare with: `make deploy STAGE={stage}` creates it")
    yield f"{goal}: {stack} in {where}"
    if goal == "deploy":
        yield from _notes(stack, stages.parameters(stage), exists=exists, first=first)


def _notes(stack: str, given: Mapping[str, Any], *, exists: bool, first: bool) -> Iterator[str]:
    file = f"infra/stages/{given['Stage']}.yaml"
    if first and exists:
        yield f"note: {stack} exists, and FIRST=yes removes the protection of its database until the next deployment"
    if not first and not exists and given["DeletionProtection"] == "true":
        yield f"note: {stack} is new; if its creation fails, it can be deleted only with FIRST=yes"
    examples = [name for name in ("MailSender", "OperatorEmail") if name not in given]
    if examples:
        yield f"note: {file} leaves out {' and '.join(examples)}: without them, no mail is delivered"
