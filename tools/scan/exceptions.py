"""Owns the comparison of findings with the exceptions from them, each of which has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_NEEDED, _POSSIBLE = {"check", "resource", "reason"}, {"check", "resource", "reason", "stages"}


@dataclass(frozen=True, order=True)
class Finding:
    """What the scanner does not like about a resource of a stage."""

    check: str
    resource: str  # template/LogicalId, such as messaging/CustomerMailQueue
    stage: str
    says: str


@dataclass(frozen=True)
class Exemption:
    """Findings that are meant to be: a check, resources as a shell's pattern, and a sentence that says why."""

    check: str
    resource: str
    reason: str
    stages: tuple[str, ...] = ()  # none for all of them

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is one of them."""
        is_stage = not self.stages or finding.stage in self.stages
        return is_stage and self.check == finding.check and fnmatchcase(finding.resource, self.resource)


def read_exemptions(file: Path) -> list[Exemption]:
    """The exceptions that a file lists.

    Raises:
        ValueError: an entry lacks something, or its reason is no sentence.
    """
    exemptions = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []:
        if not _NEEDED <= set(entry) <= _POSSIBLE:
            raise ValueError(f"{file.name}: an exception has {', '.join(sorted(_NEEDED))}, not {', '.join(entry)}.")
        if " " not in entry["reason"] or not entry["reason"].endswith("."):
            raise ValueError(f"{file.name}: the reason for {entry['check']} on {entry['resource']} is no sentence.")
        exemptions.append(Exemption(**{**entry, "stages": tuple(entry.get("stages", ()))}))
    return exemptions


def findings_in(report: Any, stages_of: Mapping[str, list[str]]) -> set[Finding]:
    """The failed checks of checkov's report, one for each stage that deploys the template so.

    Raises:
        ValueError: it read no resources, could not read a template, or skipped a check.
    """
    summary = report.get("summary", report) if isinstance(report, dict) else {}
    if not summary.get("resource_count") or summary.get("parsing_errors") or summary.get("skipped"):
        raise ValueError(f"The scanner did not look at everything: {summary or report}.")
    return {
        Finding(each["check_id"], _resource(each), stage, each["check_name"])
        for each in report["results"]["failed_checks"]
        for stage in stages_of[each["file_path"].lstrip("/")]
    }


def compared(findings: Iterable[Finding], exemptions: Iterable[Exemption]) -> list[str]:
    """What is wrong, a line each: findings that no exception covers, then exceptions that cover no finding."""
    findings, exemptions = sorted(findings), list(exemptions)
    stages: dict[tuple[str, str, str], list[str]] = {}
    for each in findings:
        if not any(exemption.covers(each) for exemption in exemptions):
            stages.setdefault((each.check, each.resource, each.says), []).append(each.stage)
    unused = [each for each in exemptions if not any(each.covers(finding) for finding in findings)]
    return [
        *(f"{check} {resource} ({', '.join(where)}): {says}" for (check, resource, says), where in stages.items()),
        *(f"{each.check} {each.resource}: this exception matches nothing any more; remove it" for each in unused),
    ]


def _resource(failed: Mapping[str, Any]) -> str:
    template, logical_id = failed["file_path"].strip("/").partition("/")[0], failed["resource"].rpartition(".")[2]
    return f"{template}/{logical_id}"
