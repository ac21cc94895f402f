"""Notifications of alarms: the topic, its key, the mails of the operator, and the budget."""

import re

from tests.support.alarm_simulation import alarms_of, deployed
from tests.support.deployment import Templates


def test_every_alarm_notifies_the_operator_and_urgent_ones_of_recovery() -> None:
    [topic] = deployed().of("AWS::SNS::Topic")
    never_resolved = {"PaymentsToReview"}  # no new payments does not mean that somebody handled the old ones

    for name, alarm in alarms_of(deployed()).items():
        assert alarm["AlarmActions"] == [topic.arn], name
        assert alarm["ActionsEnabled"] in (None, True), name
        if alarm["AlarmDescription"].startswith("Urgent.") and name not in never_resolved:
            assert alarm["OKActions"] == [topic.arn], name


def test_an_alarm_has_its_stage_in_its_name_and_a_runbook_in_its_text() -> None:
    for name, alarm in alarms_of(deployed()).items():
        assert alarm["AlarmName"] == f"microshop-dev-{name}"
        assert re.fullmatch(
            rf"(Urgent|Soon)\. [A-Z].{{20,200}}\. docs/runbooks/{name}\.md", alarm["AlarmDescription"]
        ), alarm["AlarmDescription"]


def test_alarms_may_use_the_key_of_the_topic() -> None:
    [topic] = deployed().of("AWS::SNS::Topic")
    [key] = [each for each in deployed().of("AWS::KMS::Key") if each.logical_id == "AlarmKey"]
    [policy] = deployed().of("AWS::SNS::TopicPolicy")
    account = {"StringEquals": {"aws:SourceAccount": "123456789012"}}

    alarms = {"Service": "cloudwatch.amazonaws.com"}
    using = [one for one in key["KeyPolicy"]["Statement"] if one["Principal"] == alarms]
    publishing = policy["PolicyDocument"]["Statement"]

    assert topic["KmsMasterKeyId"] == key.stack.ref(key.logical_id)
    assert [(set(one["Action"]), one["Condition"]) for one in using] == [
        ({"kms:Decrypt", "kms:GenerateDataKey*"}, account)
    ]
    assert [(one["Action"], one["Principal"], one["Condition"]) for one in publishing] == [
        ("sns:Publish", {"Service": "cloudwatch.amazonaws.com"}, account)
    ]


def test_the_operator_gets_mails() -> None:
    [subscription] = Templates(OperatorEmail="ada@example.com").of("AWS::SNS::Subscription")

    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "ada@example.com")


def test_a_budget_exists_if_a_stage_sets_one() -> None:
    assert [budget["Budget"]["BudgetLimit"]["Amount"] for budget in deployed().of("AWS::Budgets::Budget")] == ["50"]
    assert Templates().of("AWS::Budgets::Budget") == []


def test_gradual_deployments_roll_back_on_alarms_of_the_api() -> None:
    gradual = Templates(DeploymentPreference="Linear10PercentEvery1Minute")

    names = {
        alarm["Name"]
        for group in gradual.of("AWS::CodeDeploy::DeploymentGroup")
        for alarm in group["AlarmConfiguration"]["Alarms"]
    }

    assert names == {f"microshop-dev-{name}" for name in ("HighErrorRate", "HighResponseTime", "HighSystemErrors")}
