"""Every consumer: what happens to an event that is slow, fails, or cannot be delivered."""

from tests.support.deployment import Resource, Templates


def test_every_queue_that_is_consumed_puts_aside_what_keeps_failing(templates: Templates) -> None:
    for queue in _consumed(templates):
        dead_letters = _queue(templates, queue["RedrivePolicy"]["deadLetterTargetArn"])

        assert int(queue["RedrivePolicy"]["maxReceiveCount"]) == 5
        assert dead_letters["MessageRetentionPeriod"] == 1_209_600
        assert dead_letters["RedrivePolicy"] is None


def test_every_queue_is_encrypted_with_a_key_that_event_bridge_can_use(templates: Templates) -> None:
    for queue in templates.of("AWS::SQS::Queue"):
        assert queue["SqsManagedSseEnabled"] is True
        assert queue["KmsMasterKeyId"] is None


def test_an_event_stays_hidden_for_six_times_its_consumers_timeout(templates: Templates) -> None:
    # What AWS asks for, so that a throttled batch is not delivered twice at once.
    for source in templates.of("AWS::Lambda::EventSourceMapping"):
        function = _function(templates, source)

        assert int(_queue(templates, source["EventSourceArn"])["VisibilityTimeout"]) >= 6 * function["Timeout"]


def test_one_failed_event_does_not_repeat_the_others_of_its_batch(templates: Templates) -> None:
    sources = templates.of("AWS::Lambda::EventSourceMapping")

    assert sources
    for source in sources:
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_every_rule_delivers_to_a_queue_that_lets_it_and_keeps_what_cannot_be_delivered(templates: Templates) -> None:
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


def _consumed(templates: Templates) -> list[Resource]:
    return [_queue(templates, source["EventSourceArn"]) for source in templates.of("AWS::Lambda::EventSourceMapping")]


def _queue(templates: Templates, arn: str) -> Resource:
    return next(queue for queue in templates.of("AWS::SQS::Queue") if queue.arn == arn)


def _function(templates: Templates, source: Resource) -> Resource:
    name = source["FunctionName"]
    return next(
        function
        for function in templates.of("AWS::Lambda::Function")
        if name in (function.stack.ref(function.logical_id), function.arn)
    )
