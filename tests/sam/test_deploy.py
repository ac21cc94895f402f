"""`sam deploy`, unchanged, against a stand-in for AWS: what is created, what is not touched, what a change changes."""

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

# Of these types nothing is proved here but that they can be referred to: moto makes none, and does not say so. What the
# templates say of them is held against the transformed templates in tests/infra.
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
    """Deployed, deployed again, deployed with a change, and deleted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # moto's own, in the threads of its server
        with target() as account:
            first, again = account.deploy(built), account.deploy(built)
            changed = account.deploy(with_one_byte_more(built, tmp_path_factory.mktemp("deploy")))
            yield _History(first, again, changed, account.delete(), account.deployed.skipped)


def test_every_stack_is_created(history: _History) -> None:
    nested = history.first.ids("AWS::CloudFormation::Stack")

    created = {name.removeprefix(STACK).split("-")[1] for name in history.first.stacks if name != STACK}

    assert created == nested - {"Edge"}  # this stage has neither a firewall nor a domain of its own
    assert {"Network", "Data", "Schema", "Messaging"} <= created


def test_the_database_is_prepared_and_migrated_once(history: _History) -> None:
    assert sorted(history.first.custom) == [("Create", "DatabaseUsers"), ("Create", "Migration")]


def test_what_has_not_changed_is_not_deployed(history: _History) -> None:
    # The stand-in compares before the transform. AWS does after it, and then deploys the API's definition again.
    assert f"No changes to deploy. Stack {STACK} is up to date" in history.again.said
    assert history.again.custom == []


def test_one_changed_byte_of_the_layer_publishes_every_function_anew(history: _History) -> None:
    before, after = (each.ids("AWS::Lambda::Version") for each in (history.first, history.changed))

    assert len(before) == len(after)
    assert not before & after


def test_a_changed_layer_is_another_version_of_it(history: _History) -> None:
    before, after = (each.ids("AWS::Lambda::LayerVersion") for each in (history.first, history.changed))

    assert {name for name in before - after if name.startswith("SharedLayer")}
    assert {name for name in before & after if name.startswith("StripeLayer")}


def test_migrations_run_with_every_change(history: _History) -> None:
    assert ("Update", "Migration") in history.changed.custom


def test_a_change_leaves_what_holds_data_alone(history: _History) -> None:
    holds = ("AWS::RDS::DBInstance", "AWS::ElastiCache::ReplicationGroup", "AWS::S3::Bucket", "AWS::SQS::Queue")

    for stack, resources in history.first.stacks.items():
        for name, resource in resources.items():
            if resource["Type"] in holds:
                assert history.changed.stacks[stack][name] == resource


def test_nothing_is_left_of_a_deleted_stack(history: _History) -> None:
    assert history.left == {}


def test_it_is_known_what_the_stand_in_did_not_make(history: _History) -> None:
    assert set(history.skipped) == _SKIPPED
