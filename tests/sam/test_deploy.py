"""The unmodified `sam deploy` against a stand-in for AWS: what it creates, keeps and updates."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.sam_deploy import STACK, Deployment, target, with_one_byte_more
from tests.support.sam_stand_in import UNABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# moto creates no resources of these types and reports no error, so these tests only prove that references to them
# resolve. tests/infra checks their properties in the transformed templates.
_SKIPPED = set(UNABLE) | {
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Stage",
    "AWS::Budgets::Budget",
    "AWS::CloudFormation::WaitConditionHandle",
    "AWS::CloudWatch::Alarm",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::ReplicationGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElastiCache::User",
    "AWS::ElastiCache::UserGroup",
    "AWS::Lambda::Alias",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Logs::QueryDefinition",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
}


@dataclass(frozen=True)
class _History:
    first: Deployment
    again: Deployment
    changed: Deployment
    left: dict[str, Any]
    skipped: dict[str, set[str]]


@pytest.fixture(scope="module")
def history(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[_History]:
    """Deploys the stack, deploys it again, deploys it with a change, and deletes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of moto, in the threads of its server
        with target() as account:
            first, again = account.deploy(built), account.deploy(built)
            changed = account.deploy(with_one_byte_more(built, tmp_path_factory.mktemp("deploy")))
            yield _History(first, again, changed, account.delete(), account.deployed.skipped)


def test_every_stack_is_created(history: _History) -> None:
    nested = history.first.ids("AWS::CloudFormation::Stack")

    created = {name.removeprefix(STACK).split("-")[1] for name in history.first.stacks if name != STACK}

    assert created == nested - {"Edge"}  # this stage has neither a firewall nor its own domain
    assert {"Network", "Data", "Schema", "Messaging"} <= created


def test_the_database_is_prepared_and_migrated_once(history: _History) -> None:
    assert sorted(history.first.custom) == [("Create", "DatabaseUsers"), ("Create", "Migration")]


def test_a_deployment_without_changes_deploys_nothing(history: _History) -> None:
    # The stand-in compares the templates before the transform; AWS compares afterwards, and redeploys the API.
    assert f"No changes to deploy. Stack {STACK} is up to date" in history.again.output
    assert history.again.custom == []


def test_a_changed_layer_publishes_new_versions_of_every_function(history: _History) -> None:
    before, after = (each.ids("AWS::Lambda::Version") for each in (history.first, history.changed))

    assert len(before) == len(after)
    assert not before & after


def test_a_changed_layer_becomes_a_new_version_and_others_do_not(history: _History) -> None:
    before, after = (each.ids("AWS::Lambda::LayerVersion") for each in (history.first, history.changed))

    assert {name for name in before - after if name.startswith("SharedLayer")}
    assert {name for name in before & after if name.startswith("StripeLayer")}


def test_migrations_run_with_every_change(history: _History) -> None:
    assert ("Update", "Migration") in history.changed.custom


def test_a_change_of_code_keeps_every_stateful_resource(history: _History) -> None:
    holds = ("AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup", "AWS::S3::Bucket", "AWS::SQS::Queue")

    for stack, resources in history.first.stacks.items():
        for name, resource in resources.items():
            if resource["Type"] in holds:
                assert history.changed.stacks[stack][name] == resource


def test_deleting_the_stack_leaves_no_resources(history: _History) -> None:
    assert history.left == {}


def test_the_list_of_resources_that_moto_skips_is_complete(history: _History) -> None:
    assert set(history.skipped) == _SKIPPED
