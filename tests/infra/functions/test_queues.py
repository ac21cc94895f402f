"""Consumers and schedules: permissions of rules, concurrency and rates. Lint has the rules of every queue (E92…)."""

from tests.support.deployment import Templates


def test_a_rule_may_send_to_its_queue_and_its_dead_letter_queue(templates: Templates) -> None:
    policies = templates.of("AWS::SQS::QueuePolicy")
    rules = [rule for rule in templates.of("AWS::Events::Rule") if rule["EventPattern"]]
    statements = {
        rule.logical_id: [
            (set(statement["Resource"]), statement["Principal"], statement["Action"])
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Condition"] == {"ArnEquals": {"aws:SourceArn": rule.arn}}
        ]
        for rule in rules
    }

    assert rules
    assert statements == {
        rule.logical_id: [
            (
                {target["Arn"], target["DeadLetterConfig"]["Arn"]},
                {"Service": "events.amazonaws.com"},
                "sqs:SendMessage",
            )
            for target in rule["Targets"]
        ]
        for rule in rules
    }


def test_a_consumer_opens_two_to_five_connections_to_the_database(templates: Templates) -> None:
    concurrency = {
        source.logical_id: source["ScalingConfig"]["MaximumConcurrency"]
        for source in templates.of("AWS::Lambda::EventSourceMapping")
    }

    assert concurrency
    assert {name for name, most in concurrency.items() if not 2 <= most <= 5} == set()  # Lambda allows no less than 2


def test_every_schedule_has_its_rate(templates: Templates) -> None:
    schedules = {
        rule["Targets"][0]["Arn"].rpartition("-")[2]: rule["ScheduleExpression"]
        for rule in templates.of("AWS::Events::Rule")
        if rule["ScheduleExpression"]
    }

    assert schedules == {
        "RelayOutboxFunction": "rate(1 minute)",
        "MeasureActiveUsersFunction": "rate(1 minute)",
        "PurgeExpiredFunction": "rate(1 hour)",
        "WriteDataExportsFunction": "rate(1 minute)",
        "RefreshListingsFunction": "rate(1 minute)",
        "EraseAccountsFunction": "rate(1 hour)",
        "ExpireUnpaidFunction": "rate(1 minute)",
        "ResolvePaymentsFunction": "rate(1 minute)",
        "ReconcileFunction": "cron(17 3 * * ? *)",
        "ProbeHealthFunction": "rate(1 minute)",
    }


def test_the_relay_polls_until_its_next_run(templates: Templates) -> None:
    (relay,) = [function for function in templates.of("AWS::Lambda::Function") if "Relay" in function.logical_id]

    assert relay["Timeout"] - 12 >= 58  # it stops 12 s before its timeout, and runs every minute


def test_the_archive_keeps_events_as_long_as_inboxes(templates: Templates) -> None:
    [archive] = templates.of("AWS::Events::Archive")
    [purge] = [function for function in templates.of("AWS::Lambda::Function") if "Purge" in function.logical_id]

    assert str(archive["RetentionDays"]) == str(purge["Environment"]["Variables"]["INBOX_RETENTION_DAYS"])


def test_mails_about_disputes_have_the_time_zone_of_the_shop() -> None:
    functions = Templates(ShopTimeZone="Asia/Kolkata").of("AWS::Lambda::Function")
    [alerting] = [each for each in functions if each.logical_id == "AlertDisputesFunction"]

    assert alerting["Environment"]["Variables"]["SHOP_TIME_ZONE"] == "Asia/Kolkata"
