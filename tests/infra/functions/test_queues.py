"""Consumers and schedules: permissions of rules, concurrency and rates. Lint has the rules for any queue (E92…)."""

from tests.support.deployment import Templates


def test_every_rule_may_send_to_its_queue_and_to_its_dead_letter_queue(templates: Templates) -> None:
    policies = templates.of("AWS::SQS::QueuePolicy")
    rules = [rule for rule in templates.of("AWS::Events::Rule") if rule["EventPattern"]]
    assert rules
    for rule in rules:
        for target in rule["Targets"]:
            wanted = {target["Arn"], target["DeadLetterConfig"]["Arn"]}
            granting = [
                statement
                for policy in policies
                for statement in policy["PolicyDocument"]["Statement"]
                if statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule.arn}}
            ]

            assert [set(statement["Resource"]) for statement in granting] == [wanted]
            assert granting[0]["Principal"] == {"Service": "events.amazonaws.com"}
            assert granting[0]["Action"] == "sqs:SendMessage"


def test_a_consumer_takes_only_so_many_connections_of_the_database(templates: Templates) -> None:
    for source in templates.of("AWS::Lambda::EventSourceMapping"):
        assert 2 <= source["ScalingConfig"]["MaximumConcurrency"] <= 5  # 2 is the least that Lambda takes


def test_the_name_of_each_queue_can_be_read_from_the_stack(templates: Templates) -> None:
    queues = {queue.logical_id for queue in templates.of("AWS::SQS::Queue")}

    outputs = {name for source in templates.sources for name in source["Outputs"]}

    assert {f"{queue}Name" for queue in queues} <= outputs


def test_schedules_run_as_often_as_they_should(templates: Templates) -> None:
    schedules = {
        rule["Targets"][0]["Arn"].rpartition("-")[2]: rule["ScheduleExpression"]
        for rule in templates.of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
    }

    assert schedules == {
        "RelayOutboxFunction": "rate(1 minute)",
        "MeasureActiveUsersFunction": "rate(1 minute)",
        "PurgeExpiredFunction": "rate(1 hour)",
        "ExpireUnpaidFunction": "rate(1 minute)",
        "ResolvePaymentsFunction": "rate(1 minute)",
        "ReconcileFunction": "cron(17 3 * * ? *)",
        "ProbeHealthFunction": "rate(1 minute)",
    }


def test_there_is_always_a_relay_that_polls_or_is_about_to(templates: Templates) -> None:
    (relay,) = [function for function in templates.of("AWS::Lambda::Function") if "Relay" in function.logical_id]

    assert relay["Timeout"] - 12 >= 58  # it stops 12 s before its timeout, and runs every minute


def test_archive_keeps_events_for_as_long_as_inboxes_know_them(templates: Templates) -> None:
    [archive] = templates.of("AWS::Events::Archive")
    [purge] = [function for function in templates.of("AWS::Lambda::Function") if "Purge" in function.logical_id]

    assert str(archive["RetentionDays"]) == str(purge["Environment"]["Variables"]["INBOX_RETENTION_DAYS"])


def test_the_mails_about_disputes_have_the_time_zone_of_the_shop() -> None:
    functions = Templates(ShopTimeZone="Asia/Kolkata").of("AWS::Lambda::Function")
    [alerting] = [each for each in functions if each.logical_id == "AlertDisputesFunction"]

    assert alerting["Environment"]["Variables"]["SHOP_TIME_ZONE"] == "Asia/Kolkata"
