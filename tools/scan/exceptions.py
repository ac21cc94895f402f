"""Compares findings of the scanner with the listed exceptions, each of which has a reason."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_REQUIRED_FIELDS, _FIELDS = {"check", "resource", "reason"}, {"check", "resource", "reason", "stages"}


@dataclass(frozen=True, order=True)
class Finding:
    """A failed check of a resource in a stage."""

    check: str
    resource: str  # template/LogicalId, such as messaging/CustomerMailQueue
    stage: str
    message: str


@dataclass(frozen=True)
class Exemption:
    """Findings to ignore: a check, a glob pattern for resources, and the reason in a sentence."""

    check: str
    resource: str
    reason: str
    stages: tuple[str, ...] = ()  # empty: all stages

    def covers(self, finding: Finding) -> bool:
        """Whether the exemption applies to the finding."""
        is_stage = not self.stages or finding.stage in self.stages
        return is_stage and self.check == finding.check and fnmatchcase(finding.resource, self.resource)


def read_exemptions(file: Path) -> list[Exemption]:
    """Returns the exemptions in a file.

    Raises:
        ValueError: an entry has missing or unknown fields, or its reason is not a sentence.
    """
    exemptions = []
    for entry in yaml.safe_load(file.read_text(encoding="utf-8")) or []:
        if not _REQUIRED_FIELDS <= set(entry) <= _FIELDS:
            raise ValueError(
                f"{file.name}: an exception needs {', '.join(sorted(_REQUIRED_FIELDS))}, not {', '.join(entry)}."
            )
        if " " not in entry["reason"] or not entry["reason"].endswith("."):
            raise ValueError(f"{file.name}: the reason for {entry['check']} on {entry['resource']} is not a sentence.")
        exemptions.append(Exemption(**{**entry, "stages": tuple(entry.get("stages", ()))}))
    return exemptions


def findings_in(report: Any, stages_of: Mapping[str, list[str]]) -> set[Finding]:
    """Returns the failed checks of checkov's report, one finding per stage of the template.

    Raises:
        ValueError: checkov read no resources, could not read a template, or skipped a check.
    """
    summary = report.get("summary", report) if isinstance(report, dict) else {}
    if not summary.get("resource_count") or summary.get("parsing_errors") or summary.get("skipped"):
        raise ValueError(f"The scanner did not check everything: {summary or report}.")
    return {
        Finding(each["check_id"], _resource(each), stage, each["check_name"])
        for each in report["results"]["failed_checks"]
        for stage in stages_of[each["file_path"].lstrip("/")]
    }


def compare(findings: Iterable[Finding], exemptions: Iterable[Exemption]) -> list[str]:
    """Returns a line per problem: findings without an exemption, then exemptions without a finding."""
    findings, exemptions = sorted(findings), list(exemptions)
    stages: dict[tuple[str, str, str], list[str]] = {}
    for each in findings:
        if not any(exemption.covers(each) for exemption in exemptions):
            stages.setdefault((each.check, each.resource, each.message), []).append(each.stage)
    unused = [each for each in exemptions if not any(each.covers(finding) for finding in findings)]
    return [
        *(
            f"{check} {resource} ({', '.join(where)}): {message}"
            for (check, resource, message), where in stages.items()
        ),
        *(f"{each.check} {each.resource}: this exception no longer matches a finding; remove it" for each in unused),
    ]


def _resource(failed: Mapping[str, Any]) -> str:
    template, logical_id = failed["file_path"].strip("/").partition("/")[0], failed["resource"].rpartition(".")[2]
    return f"{template}/{logical_id}"
