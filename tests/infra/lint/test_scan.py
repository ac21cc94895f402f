"""`make scan`: the templates that it passes to the scanner, and its verdict on the scanner's report."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.scan.__main__ import EXCEPTIONS
from tools.scan.exceptions import Exemption, Finding, compare, findings_in, read_exemptions
from tools.scan.resolved_template import write_stages

_TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {Type: String}
  Waf: {Type: String, Default: "off"}
Conditions:
  HasWaf: !Equals [!Ref Waf, "on"]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      KmsMasterKeyId: !If [HasWaf, key, !Ref AWS::NoValue]
      QueueName: !Sub "${AWS::StackName}-${Waf}"
      RedrivePolicy: {deadLetterTargetArn: !GetAtt DeadLetters.Arn}
  DeadLetters:
    Type: AWS::SQS::Queue
    Condition: HasWaf
"""
_FINDING = Finding("CKV_AWS_27", "messaging/CustomerMailQueue", "prod", "Ensure it is encrypted")


@pytest.fixture
def product(tmp_path: Path) -> Path:
    """A folder with a template and three stages, one of which differs."""
    stages = tmp_path / "infra" / "stages"
    stages.mkdir(parents=True)
    (tmp_path / "template.yaml").write_text(_TEMPLATE)
    for name, waf in (("dev", "off"), ("staging", "off"), ("prod", "on")):
        (stages / f"{name}.yaml").write_text(f'Stage: {name}\nWaf: "{waf}"\n')
    return tmp_path


def test_the_scanner_reads_equal_templates_of_several_stages_once(product: Path, tmp_path: Path) -> None:
    stages_of = write_stages(product, tmp_path)

    assert sorted(stages_of.values()) == [["dev", "staging"], ["prod"]]


def test_the_scanner_reads_templates_with_resolved_conditions(product: Path, tmp_path: Path) -> None:
    write_stages(product, tmp_path)

    off, on = (json.loads((tmp_path / "template" / f"{stage}.json").read_text()) for stage in ("dev", "prod"))
    assert off["Resources"].keys() == {"Queue"}
    assert on["Resources"].keys() == {"Queue", "DeadLetters"}
    assert "KmsMasterKeyId" not in off["Resources"]["Queue"]["Properties"]
    assert on["Resources"]["Queue"]["Properties"] == {
        "KmsMasterKeyId": "key",
        "QueueName": {"Fn::Sub": "${AWS::StackName}-on"},
        "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["DeadLetters", "Arn"]}},
    }


def test_a_finding_without_an_exception_is_reported_with_its_stages() -> None:
    in_dev = Finding(_FINDING.check, _FINDING.resource, "dev", _FINDING.message)

    problems = compare({_FINDING, in_dev}, [])

    assert problems == ["CKV_AWS_27 messaging/CustomerMailQueue (dev, prod): Ensure it is encrypted"]


@pytest.mark.parametrize(
    "exemption",
    [
        Exemption("CKV_AWS_27", "messaging/*Queue", "A reason."),
        Exemption("CKV_AWS_27", "*", "A reason.", stages=("staging", "prod")),
    ],
)
def test_an_exception_covers_the_findings_that_it_names(exemption: Exemption) -> None:
    assert compare({_FINDING}, [exemption]) == []


@pytest.mark.parametrize(
    "exemption",
    [
        Exemption("CKV_AWS_28", "messaging/*Queue", "A reason."),
        Exemption("CKV_AWS_27", "template/*Queue", "A reason."),
        Exemption("CKV_AWS_27", "messaging/*Queue", "A reason.", stages=("dev",)),
    ],
)
def test_an_exception_that_matches_nothing_is_reported(exemption: Exemption) -> None:
    uncovered, unused = compare({_FINDING}, [exemption])

    assert uncovered.startswith("CKV_AWS_27 messaging/CustomerMailQueue (prod)")
    assert unused.endswith("this exception no longer matches a finding; remove it")


def test_a_report_becomes_findings_by_template_and_logical_id() -> None:
    findings = findings_in(_report(), {"messaging/dev.json": ["dev", "staging"]})

    assert findings == {
        Finding("CKV_AWS_27", "messaging/CustomerMailQueue", stage, "Ensure it is encrypted")
        for stage in ("dev", "staging")
    }


@pytest.mark.parametrize(
    "report",
    [
        {"passed": 0, "failed": 0, "resource_count": 0},  # the report of checkov if it found no template
        [],
        {"summary": {"resource_count": 9, "parsing_errors": 1, "skipped": 0}},
        {"summary": {"resource_count": 9, "parsing_errors": 0, "skipped": 1}},  # an exception in a template
    ],
)
def test_an_incomplete_scan_is_an_error(report: Any) -> None:
    with pytest.raises(ValueError, match="did not check everything"):
        findings_in(report, {})


@pytest.mark.parametrize(
    "entry",
    ["{check: A, resource: B}", "{check: A, resource: B, reason: ok.}", "{check: A, resource: B, reason: so it is}"],
)
def test_an_exception_needs_a_reason_in_a_sentence(entry: str, tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(f"- {entry}\n")

    with pytest.raises(ValueError, match=r"exceptions\.yaml"):
        read_exemptions(file)


def test_the_exceptions_of_the_shop_are_valid() -> None:
    assert read_exemptions(EXCEPTIONS)


def _report() -> dict[str, Any]:
    failed = {
        "check_id": "CKV_AWS_27",
        "check_name": "Ensure it is encrypted",
        "file_path": "/messaging/dev.json",
        "resource": "AWS::SQS::Queue.CustomerMailQueue",
    }
    summary = {"resource_count": 1, "parsing_errors": 0, "skipped": 0}
    return {"summary": summary, "results": {"failed_checks": [failed]}}
