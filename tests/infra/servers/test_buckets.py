"""The bucket of exports: it keeps files with the turnover of the shop for a few days, behind links."""

import pytest

from tests.support.deployment import ROOT, Resource, Templates
from tools.templates.sam import load


@pytest.fixture(scope="module")
def bucket(templates: Templates) -> Resource:
    """The only bucket."""
    [found] = templates.of("AWS::S3::Bucket")
    return found


def test_the_bucket_refuses_requests_without_tls(bucket: Resource, templates: Templates) -> None:
    [policy] = templates.of("AWS::S3::BucketPolicy")
    [statement] = policy["PolicyDocument"]["Statement"]

    assert policy["Bucket"] == bucket.stack.ref(bucket.logical_id)
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
    assert statement["Resource"] == [bucket.arn, f"{bucket.arn}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_files_expire_after_7_days_and_unfinished_uploads_after_one(bucket: Resource) -> None:
    [rule] = bucket["LifecycleConfiguration"]["Rules"]

    assert rule["Status"] == "Enabled"
    assert int(rule["ExpirationInDays"]) == 7
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "Prefix" not in rule


def test_the_bucket_outlives_the_stack_unless_its_creation_fails() -> None:
    [written] = [
        each for each in load(ROOT / "template.yaml")["Resources"].values() if each["Type"] == "AWS::S3::Bucket"
    ]

    assert written["DeletionPolicy"] == "RetainExceptOnCreate"


def test_the_bucket_keeps_no_versions_of_expired_files(bucket: Resource) -> None:
    assert bucket["VersioningConfiguration"] is None


def test_a_link_to_a_file_lasts_a_quarter_of_an_hour_at_most(templates: Templates) -> None:
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]

    assert int(function["Environment"]["Variables"]["EXPORT_URL_SECONDS"]) <= 900
