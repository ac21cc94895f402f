"""Rules for stateful resources: encrypted, not public, and recoverable after a mistake."""

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
# Type → its allowed policies. A cache can be filled again and an archive is a copy: they may be deleted if the template
# says so.
_POLICIES = {
    "AWS::DynamoDB::Table": _KEPT,
    "AWS::EFS::FileSystem": _KEPT,
    "AWS::ElastiCache::ReplicationGroup": _DECIDED,
    "AWS::ElastiCache::ServerlessCache": _DECIDED,
    "AWS::Events::Archive": _DECIDED,
    "AWS::RDS::DBCluster": {"Snapshot"},
    "AWS::RDS::DBInstance": {"Snapshot"},
    "AWS::S3::Bucket": _DECIDED,
}


class QueuesAreEncrypted(policy.Rule):
    id = "E9501"
    shortdesc = "A queue is encrypted with SSE-SQS"
    description = "EventBridge silently fails to write to a queue under a KMS key whose policy does not let it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for queue in template.resources("AWS::SQS::Queue"):
            encrypted = all(map(is_true, template.values(queue.properties, "SqsManagedSseEnabled")))
            if not encrypted or template.values(queue.properties, "KmsMasterKeyId") != [None]:
                yield queue.logical_id, "needs SqsManagedSseEnabled: true and no KmsMasterKeyId"


class TopicsAreEncrypted(policy.Rule):
    id = "E9502"
    shortdesc = "A topic is encrypted with a key that alarms can use"
    description = "CloudWatch cannot publish alarms to a topic under the AWS-managed key."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for topic in template.resources("AWS::SNS::Topic"):
            keys = template.values(topic.properties, "KmsMasterKeyId")
            if None in keys or "alias/aws/sns" in map(str, keys):
                yield topic.logical_id, "needs KmsMasterKeyId, a key whose policy lets its publishers use it"


class BucketsAreEncryptedAndPrivate(policy.Rule):
    id = "E9503"
    shortdesc = "A bucket is encrypted and private"
    description = (
        "All four settings of PublicAccessBlockConfiguration and no ACLs, so that no later policy or ACL opens it."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for bucket in template.resources("AWS::S3::Bucket"):
            encryption = ("BucketEncryption", "ServerSideEncryptionConfiguration")
            if None in template.values(bucket.properties, *encryption):
                yield bucket.logical_id, "needs BucketEncryption"
            for setting in _PUBLIC_ACCESS:
                given = template.values(bucket.properties, "PublicAccessBlockConfiguration", setting)
                if not all(map(is_true, given)):
                    yield bucket.logical_id, f"needs PublicAccessBlockConfiguration with {setting}: true"
            rules = template.items(bucket.properties, "OwnershipControls", "Rules")
            owners = {str(owner) for rule in rules for owner in template.values(rule, "ObjectOwnership")}
            if owners != {"BucketOwnerEnforced"}:
                yield bucket.logical_id, "needs OwnershipControls with ObjectOwnership: BucketOwnerEnforced"


class DatabasesAreEncryptedPrivateAndBackedUp(policy.Rule):
    id = "E9504"
    shortdesc = "A database is encrypted, private, backed up, and signs in with IAM"
    description = "An instance of a cluster has encryption, backups and IAM sign-in from its cluster."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for database in template.resources(*_DATABASES):
            properties, name = database.properties, database.logical_id
            is_instance = database.type == "AWS::RDS::DBInstance"
            # The property's default depends on the subnets, so it must be set.
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
    shortdesc = "A cache is encrypted in transit and at rest"
    description = (
        "The cache holds sessions. IAM authentication needs TLS; the mode preferred also takes connections without it."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for cache in template.resources("AWS::ElastiCache::ReplicationGroup"):
            for setting in ("TransitEncryptionEnabled", "AtRestEncryptionEnabled"):
                if not all(map(is_true, template.values(cache.properties, setting))):
                    yield cache.logical_id, f"needs {setting}: true"
            if set(template.values(cache.properties, "TransitEncryptionMode")) != {"required"}:
                yield cache.logical_id, "needs TransitEncryptionMode: required"


class StatefulResourcesHaveDeletionPolicies(policy.Rule):
    id = "E9506"
    shortdesc = "A stateful resource has a DeletionPolicy and an UpdateReplacePolicy"
    description = "CloudFormation deletes it by default. UpdateReplacePolicy applies when a change replaces it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for resource in template.resources(*_POLICIES):
            wanted = _DECIDED if _has_a_cluster(resource) else _POLICIES[resource.type]
            for attribute in ("DeletionPolicy", "UpdateReplacePolicy"):
                if not wanted.issuperset(map(str, template.values(resource.attributes, attribute))):
                    yield resource.logical_id, f"needs {attribute}: {' or '.join(sorted(wanted))}"


def _has_a_cluster(resource: Resource) -> bool:
    """Whether the resource is an instance of a cluster, which holds the data."""
    cluster: Any = resource.properties.get("DBClusterIdentifier")
    return resource.type == "AWS::RDS::DBInstance" and cluster is not None
