"""Who invokes functions asynchronously, and how often Lambda then runs them."""

import pytest

from tests.support.deployment import Resource, Templates

_ADMIN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin"


@pytest.fixture(scope="module")
def everything() -> Templates:
    """With the function that makes the database's users."""
    return Templates(DatabaseAdminSecretArn=_ADMIN)


@pytest.fixture(scope="module")
def configured(everything: Templates) -> dict[str, Resource]:
    """The configurations of asynchronous invocations by the function's logical id."""
    return {
        str(each["FunctionName"]).rpartition("-")[2]: each for each in everything.of("AWS::Lambda::EventInvokeConfig")
    }


def test_what_schedules_and_custom_resources_invoke_is_run_once(
    everything: Templates, configured: dict[str, Resource]
) -> None:
    scheduled = {
        str(target["Arn"]).rpartition("-")[2]
        for rule in everything.of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
        for target in rule["Targets"]
    }
    asked_by_cloudformation = {
        str(resource["ServiceToken"]).rpartition("-")[2]
        for kind in ("Custom::Migration", "Custom::DatabaseUsers")
        for resource in everything.of(kind)
    }

    assert len(scheduled) == 7
    assert configured.keys() == scheduled | asked_by_cloudformation
    assert {each["MaximumRetryAttempts"] for each in configured.values()} == {0}
    assert {each["Qualifier"] for each in configured.values()} == {"$LATEST"}  # neither invokes an alias


def test_a_run_that_has_to_wait_is_dropped_when_the_next_one_comes(configured: dict[str, Resource]) -> None:
    ages = {name: each["MaximumEventAgeInSeconds"] for name, each in configured.items()}

    assert {name: age for name, age in ages.items() if age != 60} == {
        "ReconcileFunction": 3600,  # once a day
        "PurgeExpiredFunction": 600,  # once an hour
    }


def test_no_event_of_the_bus_invokes_a_function(everything: Templates) -> None:
    # Events go to queues, whose redrive policy is their retry.
    invoked = [
        target["Arn"]
        for rule in everything.of("AWS::Events::Rule")
        if rule["EventPattern"]
        for target in rule["Targets"]
        if ":lambda:" in target["Arn"]
    ]

    assert invoked == []
