"""Which functions Lambda invokes asynchronously."""

import pytest

from tests.support.deployment import Templates

_ADMIN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:admin"


@pytest.fixture(scope="module")
def everything() -> Templates:
    """Every stack, with the function that creates the users of the database."""
    return Templates(DatabaseAdminSecretArn=_ADMIN)


def test_only_schedules_and_custom_resources_invoke_asynchronously(everything: Templates) -> None:
    # Lint holds each to one run (E9206, E9208).
    configured = {
        str(each["FunctionName"]).rpartition("-")[2]: each["Qualifier"]
        for each in everything.of("AWS::Lambda::EventInvokeConfig")
    }
    scheduled = {
        str(target["Arn"]).rpartition("-")[2]
        for rule in everything.of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
        for target in rule["Targets"]
    }
    of_custom_resources = {
        str(resource["ServiceToken"]).rpartition("-")[2]
        for kind in ("Custom::Migration", "Custom::DatabaseUsers")
        for resource in everything.of(kind)
    }

    assert configured == dict.fromkeys(scheduled | of_custom_resources, "$LATEST")  # neither invokes an alias
    assert len(scheduled) == 10


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
