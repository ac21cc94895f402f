"""The bucket of exports: files that hold the shop's turnover, for a few days, for who has a link."""

import pytest

from tests.support.deployment import ROOT, Resource, Templates
from tools.templates.sam import load


@pytest.fixture(scope="module")
def bucket(templates: Templates) -> Resource:
    """The only one that there is."""
    [found] = templates.of("AWS::S3::Bucket")
    return found


def test_nobody_reads_or_writes_it_without_tls(bucket: Resource, templates: Templates) -> None:
    [policy] = templates.of("AWS::S3::BucketPolicy")
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Bucket"] == bucket.stack.ref(bucket.logical_id)
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [bucket.arn, f"{bucket.arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_it_forgets_files_after_days_and_the_beginnings_of_files_after_one(bucket: Resource) -> None:
    [rule] = bucket["LifecycleConfiguration"]["Rules"]

    assert rule["Status"] == "Enabled"
    assert int(rule["ExpirationInDays"]) == 7
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "Prefix" not in rule


def test_it_outlives_the_stack_but_not_a_creation_that_failed() -> None:
    [written] = [
        each for each in load(ROOT / "template.yaml")["Resources"].values() if each["Type"] == "AWS::S3::Bucket"
    ]

    assert written["DeletionPolicy"] == "RetainExceptOnCreate"


def test_it_keeps_no_older_versions_of_what_it_has_forgotten(bucket: Resource) -> None:
    assert bucket["VersioningConfiguration"] is None


def test_a_link_works_for_a_quarter_of_an_hour_at_most(templates: Templates) -> None:
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]

    assert int(function["Environment"]["Variables"]["EXPORT_URL_SECONDS"]) <= 900
