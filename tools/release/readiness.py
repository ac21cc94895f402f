"""Finds before the build, which takes minutes, what would stop a deployment after it."""

from collections.abc import Iterator, Mapping
from typing import Any

from tools.release.aws import target
from tools.release.problems import ReleaseProblem
from tools.templates import stages


def about_to(goal: str, stage: str, *, first: bool) -> Iterator[str]:
    """Yields where `make deploy` or `make changes` goes, and what the operator may have forgotten.

    Raises:
        ReleaseProblem: there is no such stage, or for `changes` no stack to compare with.
        LocalProblem: AWS cannot be asked.
    """
    if stage not in stages.NAMES:
        raise ReleaseProblem(f"STAGE must be one of {', '.join(stages.NAMES)}, not {stage}")
    stack = f"microshop-{stage}"
    where, is_there = target(stack)
    if goal == "changes" and not is_there:
        raise ReleaseProblem(f"there is no {stack} in {where} to compare with: `make deploy STAGE={stage}` creates it")
    yield f"{goal}: {stack} in {where}"
    if goal == "deploy":
        yield from _forgotten(stack, stages.parameters(stage), is_there=is_there, first=first)


def _forgotten(stack: str, given: Mapping[str, Any], *, is_there: bool, first: bool) -> Iterator[str]:
    file = f"infra/stages/{given['Stage']}.yaml"
    if first and is_there:
        yield f"note: {stack} exists, and FIRST=yes removes the protection of its database until the next deployment"
    if not first and not is_there and given["DeletionProtection"] == "true":
        yield f"note: {stack} is new; if its creation fails, it can be deleted only with FIRST=yes"
    examples = [name for name in ("MailSender", "OperatorEmail") if name not in given]
    if examples:
        yield f"note: {file} leaves out {' and '.join(examples)}: no mail is delivered without"
