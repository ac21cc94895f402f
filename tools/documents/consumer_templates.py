"""CloudFormation templates of a consumer's resources, with placeholders."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tools.documents.consumers import Need

# By need: the function's variables (with the parameter of infra/messaging.yaml), and its policies.
VARIABLES: dict[Need, dict[str, str]] = {
    "database": {"DATABASE_URL": "DatabaseUrl"},
    "redis": {"REDIS_URL": "RedisUrl"},
    "mail": {"MAIL_SENDER": "MailSender", "SHOP_NAME": "ShopName"},
}
POLICIES: dict[Need, str] = {
    "database": "- !Ref DatabaseAccessPolicyArn\n",
    "redis": "- !Ref RedisAccessPolicyArn\n",
    "mail": """\
- Version: "2012-10-17"
  Statement:
    - Effect: Allow
      Action: ses:SendEmail
      Resource:
        - !Sub "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
        # SES requires this too if the identity has a default configuration set.
        - !Sub "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:configuration-set/*"
      Condition:
        StringEquals: {"ses:FromAddress": !Ref MailSender}
""",
}


class Template(string.Template):
    """Its placeholders are `@{name}`, because CloudFormation uses `${name}`."""

    delimiter = "@"


RESOURCES = Template("""\
# ---------------------------------------------------------------- @{name}
@{name}Rule:
  Type: AWS::Events::Rule
  Properties:
    EventBusName: !Ref EventBus
    EventPattern:
      source: [microshop]
      detail-type:
@{events}
    Targets:
      - Id: queue
        Arn: !GetAtt @{name}Queue.Arn
        DeadLetterConfig: {Arn: !GetAtt @{name}DeadLetterQueue.Arn}

@{name}Queue:
  Type: AWS::SQS::Queue
  Properties:
    SqsManagedSseEnabled: true
    VisibilityTimeout: !Ref QueueVisibilitySeconds
    MessageRetentionPeriod: 1209600
    RedrivePolicy:
      deadLetterTargetArn: !GetAtt @{name}DeadLetterQueue.Arn
      maxReceiveCount: !Ref QueueMaxReceives

@{name}DeadLetterQueue:
  Type: AWS::SQS::Queue
  Properties:
    SqsManagedSseEnabled: true
    MessageRetentionPeriod: 1209600

@{name}QueuePolicy:
  Type: AWS::SQS::QueuePolicy
  Properties:
    Queues: [!Ref @{name}Queue, !Ref @{name}DeadLetterQueue]
    PolicyDocument:
      Version: "2012-10-17"
      Statement:
        - Effect: Allow
          Principal: {Service: events.amazonaws.com}
          Action: sqs:SendMessage
          Resource: [!GetAtt @{name}Queue.Arn, !GetAtt @{name}DeadLetterQueue.Arn]
          Condition:
            ArnEquals: {"aws:SourceArn": !GetAtt @{name}Rule.Arn}

@{function_id}:
  Type: AWS::Serverless::Function
  Properties:
    Description: @{description}
    CodeUri: ../functions/consumers
    Handler: @{function}.handler
    VpcConfig: *vpc
    ReservedConcurrentExecutions: !If [ReservesConcurrency, @{max_concurrency}, !Ref AWS::NoValue]
    Environment:
      Variables:
@{variables}
    Policies:
@{policies}
    Events:
      Queue:
        Type: SQS
        Properties:
          Queue: !GetAtt @{name}Queue.Arn
          BatchSize: 10
          FunctionResponseTypes: [ReportBatchItemFailures]
          ScalingConfig: {MaximumConcurrency: @{max_concurrency}}
""")

ALARM = Template("""\
@{name}DeadLetters:
  Type: AWS::CloudWatch::Alarm
  Properties:
    AlarmName: !Sub "microshop-${Stage}-@{name}DeadLetters"
    AlarmDescription: "Soon. An event became a dead letter: @{missing} is missing until it is redriven. docs/runbooks/@{name}DeadLetters.md"
    Namespace: AWS/SQS
    MetricName: ApproximateNumberOfMessagesVisible
    Dimensions:
      - {Name: QueueName, Value: !Ref @{name}DeadLetterQueueName}
    Statistic: Maximum
    Period: 300
    ComparisonOperator: GreaterThanThreshold
    Threshold: 0
    EvaluationPeriods: 1
    DatapointsToAlarm: 1
    TreatMissingData: notBreaching
    AlarmActions: [!Ref AlarmTopic]
""")  # noqa: E501 - a description is one line

AGE = Template("""\
- Id: @{metric}
  ReturnData: false
  MetricStat:
    Metric: {Namespace: AWS/SQS, MetricName: ApproximateAgeOfOldestMessage, Dimensions: [{Name: QueueName, Value: !Ref @{name}QueueName}]}
    Stat: Maximum
    Period: 60
""")  # noqa: E501
