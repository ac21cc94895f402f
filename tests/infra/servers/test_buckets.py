"""The bucket of exports keeps files with the turnover of the shop for a few days, behind links.

That of tombstones keeps for years which accounts were erased.
"""

from datetime import UTC, date, datetime

import pytest

from microshop.data_exports.data_export import KEPT, new_object_key
from microshop.exports.exporting import new_key
from microshop.exports.period import Period
from tests.support.deployment import ROOT, Resource, Templates
from tests.support.privileges import rights_of
from tools.templates.sam import load


@pytest.fixture(scope="module")
def bucket(templates: Templates) -> Resource:
    """The bucket of exports."""
    return _bucket(templates, "ExportBucket")


@pytest.fixture(scope="module")
def tombstones(templates: Templates) -> Resource:
    """The bucket of tombstones."""
    return _bucket(templates, "TombstoneBucket")


def _bucket(templates: Templates, name: str) -> Resource:
    [found] = [each for each in templates.of("AWS::S3::Bucket") if each.logical_id == name]
    return found


def test_every_bucket_refuses_requests_without_tls(templates: Templates) -> None:
    policies = {policy["Bucket"]: policy for policy in templates.of("AWS::S3::BucketPolicy")}

    for bucket in templates.of("AWS::S3::Bucket"):
        [statement] = policies[bucket.stack.ref(bucket.logical_id)]["PolicyDocument"]["Statement"]
        assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "s3:*")
        assert statement["Resource"] == [bucket.arn, f"{bucket.arn}/*"]
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": False}}


def test_tombstones_cannot_be_deleted_and_expire_never(tombstones: Resource) -> None:
    retention = tombstones["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]

    assert tombstones["ObjectLockEnabled"] is True
    assert tombstones["VersioningConfiguration"] == {"Status": "Enabled"}
    assert (retention["Mode"], int(retention["Years"])) == ("GOVERNANCE", 10)
    assert tombstones["LifecycleConfiguration"] is None


def test_one_function_writes_tombstones_and_another_one_reads_them(tombstones: Resource, templates: Templates) -> None:
    rights = {
        function.logical_id: {right for right in rights_of(templates, function) if right.startswith("s3:")}
        for function in templates.of("AWS::Lambda::Function")
        if tombstones.stack.ref(tombstones.logical_id) in function["Environment"]["Variables"].values()
    }

    assert rights == {
        "EraseAccountsFunction": {"s3:PutObject"},
        "ReplayErasuresFunction": {"s3:ListBucket", "s3:GetObject"},
    }


def test_files_expire_after_7_days_and_unfinished_uploads_after_one(bucket: Resource) -> None:
    reports, data_exports, unfinished = bucket["LifecycleConfiguration"]["Rules"]

    assert {rule["Status"] for rule in (reports, data_exports, unfinished)} == {"Enabled"}
    assert (int(reports["ExpirationInDays"]), reports["Prefix"]) == (7, "exports/")
    assert (data_exports["ExpirationInDays"], data_exports["Prefix"]) == (KEPT.days, "data-exports/")
    assert unfinished["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert "Prefix" not in unfinished


def test_keys_of_files_have_a_prefix_that_expires(bucket: Resource) -> None:
    prefixes = tuple(rule["Prefix"] for rule in bucket["LifecycleConfiguration"]["Rules"] if "Prefix" in rule)

    period = Period("orders", date(2026, 1, 1), date(2026, 1, 1), UTC)
    assert new_key(period, 1, datetime(2026, 1, 2, tzinfo=UTC)).startswith(prefixes)
    assert new_object_key().startswith(prefixes)


def test_the_bucket_outlives_the_stack_unless_its_creation_fails() -> None:
    files = (ROOT / "template.yaml", ROOT / "infra" / "schedules.yaml")
    written = [each for file in files for each in load(file)["Resources"].values() if each["Type"] == "AWS::S3::Bucket"]

    assert [each["DeletionPolicy"] for each in written] == ["RetainExceptOnCreate"] * 2


def test_the_bucket_keeps_no_versions_of_expired_files(bucket: Resource) -> None:
    assert bucket["VersioningConfiguration"] is None


def test_a_link_to_a_file_lasts_a_quarter_of_an_hour_at_most(templates: Templates) -> None:
    [function] = [each for each in templates.of("AWS::Lambda::Function") if each.logical_id == "CreateExportFunction"]

    assert int(function["Environment"]["Variables"]["EXPORT_URL_SECONDS"]) <= 900
