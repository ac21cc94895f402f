"""Creates the resources of the template in the moto server: queues, buses, rules, archives, mail, buckets, secrets."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tools.local.servers import aws_paths
from tools.templates.model import ACCOUNT, REGION, TemplateError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.templates.model import Archive, Inventory, Queue, Rule


def client(service: str, aws_endpoint_url: str) -> Any:
    """Returns a boto3 client of the moto server, which uses no AWS configuration of this machine."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=aws_endpoint_url,
        region_name=REGION,
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106  moto accepts any
        config=Config(retries={"max_attempts": 1}, read_timeout=30, user_agent_extra=aws_paths.STACK_USER_AGENT),
    )


def create(inventory: Inventory, aws_endpoint_url: str) -> None:
    """Create all resources that do not exist yet."""
    _create_queues(inventory.queues, client("sqs", aws_endpoint_url))
    events = client("events", aws_endpoint_url)
    existing = {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}
    for bus in inventory.buses:
        if bus not in existing:
            events.create_event_bus(Name=bus)
    for rule in inventory.rules:
        _create_rule(rule, events)
    _create_archives(inventory.archives, events)
    mail = client("sesv2", aws_endpoint_url)
    verified = {identity["IdentityName"] for identity in mail.list_email_identities().get("EmailIdentities", [])}
    for identity in inventory.mail_identities:
        if identity not in verified:
            mail.create_email_identity(EmailIdentity=identity)
    if inventory.buckets:  # creating the client of S3 takes long
        _create_buckets(inventory.buckets, client("s3", aws_endpoint_url))
    for secret in inventory.secrets:
        ensure_secret(secret.name, secret.value, aws_endpoint_url)


def open_to_all_clients(aws_endpoint_url: str) -> None:
    """Let all clients use a restarted moto server. Call this when it has all resources again."""
    connection = http.client.HTTPConnection(urlsplit(aws_endpoint_url).netloc, timeout=30)
    try:
        connection.request("POST", aws_paths.OPEN)
        connection.getresponse().read()
    finally:
        connection.close()


def ensure_secret(name: str, value: str, aws_endpoint_url: str) -> str:
    """Create a secret, unless one with this name exists. Returns its value."""
    secrets = client("secretsmanager", aws_endpoint_url)
    try:
        secrets.create_secret(Name=name, SecretString=value)
    except secrets.exceptions.ResourceExistsException:
        existing: str = secrets.get_secret_value(SecretId=name)["SecretString"]
        return existing
    return value


def set_secret(name: str, value: str, aws_endpoint_url: str) -> None:
    """Create a secret, or set its value."""
    if ensure_secret(name, value, aws_endpoint_url) != value:
        client("secretsmanager", aws_endpoint_url).put_secret_value(SecretId=name, SecretString=value)


def secret_arn(name: str) -> str:
    """Returns the ARN without its random suffix, so that it is the same when the secret is created again."""
    return f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}"


def queue_arn(name: str) -> str:
    return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"


def _create_queues(queues: Iterable[Queue], sqs: Any) -> None:
    # Dead-letter queues first: a redrive policy must name an existing queue.
    for queue in sorted(queues, key=lambda queue: "RedrivePolicy" in queue.attributes):
        url = sqs.create_queue(QueueName=queue.name)["QueueUrl"]
        if queue.attributes:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=dict(queue.attributes))


def _create_buckets(buckets: Iterable[str], s3: Any) -> None:
    existing = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    for bucket in buckets:
        if bucket not in existing:
            s3.create_bucket(Bucket=bucket)


def _create_archives(archives: Iterable[Archive], events: Any) -> None:
    existing = {archive["ArchiveName"] for archive in events.list_archives()["Archives"]}
    for archive in archives:
        if archive.name not in existing:
            events.create_archive(
                ArchiveName=archive.name,
                EventSourceArn=f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{archive.bus}",
                RetentionDays=archive.days,
                **({} if archive.pattern is None else {"EventPattern": json.dumps(archive.pattern)}),
            )


def _create_rule(rule: Rule, events: Any) -> None:
    events.put_rule(
        Name=rule.name,
        EventBusName=rule.bus,
        EventPattern=json.dumps(rule.pattern),
        State="ENABLED" if rule.enabled else "DISABLED",
    )
    targets = []
    for target in rule.targets:
        if ":sqs:" not in target.arn:
            raise TemplateError(
                f"Rule {rule.name}: its target {target.arn} is not a queue; the local stack delivers only to queues."
            )
        targets.append({"Id": target.target_id, "Arn": target.arn, **target.properties})
    if targets:
        events.put_targets(Rule=rule.name, EventBusName=rule.bus, Targets=targets)
