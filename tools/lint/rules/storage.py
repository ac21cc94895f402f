"""Owns the rules about what holds data: encrypted, closed to the public, and there after a mistake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import Unknown, is_false, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed, Resource

_DATABASES = ("AWS::RDS::DBInstance", "AWS::RDS::DBCluster")
_PUBLIC_ACCESS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_KEPT = {"Snapshot", "Retain", "RetainExceptOnCreate"}
_DECIDED = _KEPT | {"Delete"}
# Type → what may become of it with its stack. A cache can be filled again and an archive is a copy: to delete them is
# a decision too, if it is written down.
_POLICIES = {
    "AWS::DynamoDB::Table": _KEPT,
    "AWS::EFS::FileSystem": _KEPT,
    "AWS::ElastiCache::ReplicationGroup": _DECIDED,
    "AWS::ElastiCache::ServerlessCache": _DECIDED,
    "AWS::Events::Archive": _DECIDED,
    "AWS::RDS::DBCluster": _KEPT,
    "AWS::RDS::DBInstance": _KEPT,
    "AWS::S3::Bucket": _DECIDED,
}


class QueuesAreEncrypted(policy.Rule):
    id = "E9501"
    shortdesc = "A queue is encrypted with a key that EventBridge can use"
    description = "SSE-SQS does it. EventBridge cannot write to a queue under the AWS-managed KMS key and tells nobody."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for queue in template.resources("AWS::SQS::Queue"):
            own = all(map(is_true, template.values(queue.properties, "SqsManagedSseEnabled")))
            keys = template.values(queue.properties, "KmsMasterKeyId")
            if "alias/aws/sqs" in keys or not (own or None not in keys):
                yield queue.logical_id, "needs SqsManagedSseEnabled: true"


class TopicsAreEncrypted(policy.Rule):
    id = "E9502"
    shortdesc = "A topic is encrypted with a key that alarms can use"
    description = "CloudWatch cannot publish to a topic under the AWS-managed key: its alarms would tell nobody."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for topic in template.resources("AWS::SNS::Topic"):
            keys = template.values(topic.properties, "KmsMasterKeyId")
            if None in keys or "alias/aws/sns" in map(str, keys):
                yield topic.logical_id, "needs KmsMasterKeyId, a key whose policy lets its publishers use it"


class BucketsAreEncryptedAndClosed(policy.Rule):
    id = "E9503"
    shortdesc = "A bucket is encrypted and closed to the public"
    description = "All four settings of PublicAccessBlockConfiguration, so that no later policy or ACL opens it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for bucket in template.resources("AWS::S3::Bucket"):
            encryption = ("BucketEncryption", "ServerSideEncryptionConfiguration")
            if None in template.values(bucket.properties, *encryption):
                yield bucket.logical_id, "needs BucketEncryption"
            for setting in _PUBLIC_ACCESS:
                given = template.values(bucket.properties, "PublicAccessBlockConfiguration", setting)
                if not all(map(is_true, given)):
                    yield bucket.logical_id, f"needs PublicAccessBlockConfiguration with {setting}: true"


class DatabasesAreClosedAndKept(policy.Rule):
    id = "E9504"
    shortdesc = "A database is encrypted, private, backed up, and known by IAM"
    description = "An instance of a cluster has encryption, backups and IAM from its cluster."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for database in template.resources(*_DATABASES):
            properties, name = database.properties, database.logical_id
            is_instance = database.type == "AWS::RDS::DBInstance"
            # The property's default depends on the subnets, so nothing is not enough.
            if is_instance and not all(map(is_false, template.values(properties, "PubliclyAccessible"))):
                yield name, "needs PubliclyAccessible: false"
            if _has_a_cluster(database):
                continue
            for setting in ("StorageEncrypted", "EnableIAMDatabaseAuthentication"):
                if not all(map(is_true, template.values(properties, setting))):
                    yield name, f"needs {setting}: true"
            days = template.values(properties, "BackupRetentionPeriod")
            if any(each is None or isinstance(each, Unknown) or int(each) < 1 for each in days):
                yield name, "needs a BackupRetentionPeriod of at least a day, whose parameter has a default"


class CachesAreEncrypted(policy.Rule):
    id = "E9505"
    shortdesc = "A cache is encrypted on the wire and at rest"
    description = "IAM authentication works over TLS alone, and sessions stand in the cache."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for cache in template.resources("AWS::ElastiCache::ReplicationGroup"):
            for setting in ("TransitEncryptionEnabled", "AtRestEncryptionEnabled"):
                if not all(map(is_true, template.values(cache.properties, setting))):
                    yield cache.logical_id, f"needs {setting}: true"


class WhatHoldsDataSaysWhatBecomesOfIt(policy.Rule):
    id = "E9506"
    shortdesc = "What holds data says what becomes of it when its stack goes or it is replaced"
    description = "CloudFormation's default is to delete it. UpdateReplacePolicy is for a change that makes a new one."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for resource in template.resources(*_POLICIES):
            wanted = _DECIDED if _has_a_cluster(resource) else _POLICIES[resource.type]
            for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
                if not wanted.issuperset(map(str, template.values(resource.attributes, attribute))):
                    yield resource.logical_id, f"needs {attribute}: {' or '.join(sorted(wanted))}"


def _has_a_cluster(resource: Resource) -> bool:
    """Whether the resource is an instance whose data is its cluster's."""
    cluster: Any = resource.properties.get("DBClusterIdentifier")
    return resource.type == "AWS::RDS::DBInstance" and cluster is not None
