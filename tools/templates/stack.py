"""A template with its parameters and nested stacks: resolved properties, names and ARNs of resources."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from tools.templates.intrinsics import Intrinsics
from tools.templates.model import ACCOUNT, REGION, TemplateError, function_arn
from tools.templates.sam import effective_parameters, load, transform

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


class Stack:
    """A template with its parameters. Resolves intrinsic functions, and the names and ARNs of a deployment."""

    def __init__(self, file: Path, *, name: str, parameters: Mapping[str, Any], aws_endpoint_url: str) -> None:
        self.file = file
        self.name = name
        self.aws_endpoint_url = aws_endpoint_url
        source = load(file)
        self.parameters = effective_parameters(source, parameters, file)
        self._template = transform(source, self.parameters, file)
        self._children: dict[str, Stack] = {}
        self.intrinsics = Intrinsics(
            stack_name=name,
            parameters=self.parameters,
            conditions=self._template.get("Conditions", {}),
            mappings=self._template.get("Mappings", {}),
            resources=self,
        )

    def resources(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yields logical id and unresolved resource of these types, or of all, if its condition is true."""
        for logical_id, resource in self._template["Resources"].items():
            if (not types or resource["Type"] in types) and self._exists(resource):
                yield logical_id, resource

    def property(self, logical_id: str, name: str, default: Any = None) -> Any:
        """Returns a resolved property of a resource."""
        value = self._template["Resources"][logical_id].get("Properties", {}).get(name)
        if value is None:
            return default
        resolved = self.intrinsics.resolve({"value": value}, f"{self.file.name}, {logical_id}, {name}")
        return resolved.get("value", default)

    def walk(self) -> Iterator[Stack]:
        """Yields this stack and its nested stacks."""
        yield self
        for logical_id, _ in self.resources("AWS::CloudFormation::Stack"):
            if self._is_local(logical_id):
                yield from self._child(logical_id).walk()

    def ref(self, logical_id: str) -> Any:
        """Returns the value of `Ref`: for most types a physical name, for some an ARN, an id or a URL."""
        kind = self._type(logical_id)
        if kind == "AWS::SQS::Queue":
            return f"{self.aws_endpoint_url}/{ACCOUNT}/{self.physical_name(logical_id)}"
        if kind == "AWS::ApiGateway::RestApi":
            return _api_id(self.name, logical_id)
        if kind == "AWS::EC2::SecurityGroup":
            return self.attribute(logical_id, "GroupId")
        if kind in {"AWS::Lambda::Alias", "AWS::Lambda::Version"}:
            function = function_arn(str(self.property(logical_id, "FunctionName")))
            return f"{function}:{self.property(logical_id, 'Name', 1)}"
        return self.arn(logical_id) if kind in _REF_IS_ARN else self.physical_name(logical_id)

    def attribute(self, logical_id: str, name: str) -> Any:
        """Returns the value of `Fn::GetAtt`."""
        kind = self._type(logical_id)
        if kind == "AWS::CloudFormation::Stack":
            return self._child(logical_id).output(name.removeprefix("Outputs."))
        if kind.startswith("Custom::"):
            return f"{logical_id}.{name}"  # a placeholder: its function is not invoked
        if name in {"Arn", "LayerVersionArn", "TopicArn"}:
            return self.arn(logical_id)
        if name in {"QueueName", "Name", "TopicName", "FunctionName"}:
            return self.physical_name(logical_id)
        if name in {"QueueUrl", "Id", "RestApiId"}:
            return self.ref(logical_id)
        if name in _PLACEHOLDERS:
            return _PLACEHOLDERS[name].format(name=self.physical_name(logical_id))
        raise TemplateError(f"The local stack does not support the attribute {name} of {logical_id} ({kind}).")

    def output(self, name: str) -> Any:
        outputs = self._template.get("Outputs", {})
        if name not in outputs or not self._exists(outputs[name]):
            raise TemplateError(f"{self.file.name} has no output {name}.")
        return self.intrinsics.resolve(outputs[name]["Value"], f"{self.file.name}, output {name}")

    def physical_name(self, logical_id: str) -> str:
        """Returns the name in the template, or the one that CloudFormation would generate, without its suffix."""
        kind = self._type(logical_id)
        key = _NAME_PROPERTY.get(kind, "Name")
        given = self.property(logical_id, key)
        name = str(given) if isinstance(given, str) else f"{self.name}-{logical_id}"
        return name.lower() if kind == "AWS::S3::Bucket" else name

    def arn(self, logical_id: str) -> str:
        kind, name = self._type(logical_id), self.physical_name(logical_id)
        match kind:
            case "AWS::Events::Rule":
                bus = self.property(logical_id, "EventBusName", "default")
                name = name if bus == "default" else f"{bus}/{name}"
            case "AWS::Scheduler::Schedule":
                name = f"{self.property(logical_id, 'GroupName', 'default')}/{name}"
        pattern = _ARN.get(kind, f"arn:aws:{kind.split('::')[1].lower()}:{REGION}:{ACCOUNT}:{{name}}")
        return pattern.format(name=name)

    def _type(self, logical_id: str) -> str:
        resource = self._template["Resources"].get(logical_id)
        if resource is None:
            raise TemplateError(f"{self.file.name} has no parameter or resource {logical_id}.")
        if not self._exists(resource):
            raise TemplateError(f"{logical_id} does not exist: its condition {resource['Condition']} is false.")
        return str(resource["Type"])

    def _exists(self, resource: Mapping[str, Any]) -> bool:
        return "Condition" not in resource or self.intrinsics.condition(resource["Condition"])

    def _is_local(self, logical_id: str) -> bool:
        url = self.property(logical_id, "TemplateURL")
        return isinstance(url, str) and "://" not in url

    def _child(self, logical_id: str) -> Stack:
        if logical_id not in self._children:
            if not self._is_local(logical_id):
                raise TemplateError(
                    f"{self.file.name}, {logical_id}: only a nested template with a local path is supported."
                )
            self._children[logical_id] = Stack(
                (self.file.parent / self.property(logical_id, "TemplateURL")).resolve(),
                name=f"{self.name}-{logical_id}",
                parameters=self.property(logical_id, "Parameters", {}),
                aws_endpoint_url=self.aws_endpoint_url,
            )
        return self._children[logical_id]


_NAME_PROPERTY = {
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::Events::Archive": "ArchiveName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Lambda::LayerVersion": "LayerName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::ApiGateway::Stage": "StageName",
    "AWS::IAM::Role": "RoleName",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBProxy": "DBProxyName",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::ElastiCache::User": "UserId",
    "AWS::ElastiCache::UserGroup": "UserGroupId",
}
_REF_IS_ARN = {
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::LayerVersion",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
}
_ARN = {
    "AWS::KMS::Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{{name}}",
    "AWS::Events::EventBus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{{name}}",
    "AWS::Events::Rule": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{{name}}",
    "AWS::Events::Archive": f"arn:aws:events:{REGION}:{ACCOUNT}:archive/{{name}}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::{ACCOUNT}:policy/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{{name}}",
    "AWS::Lambda::LayerVersion": f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:{{name}}:1",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::Scheduler::Schedule": f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{{name}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{{name}}",
    "AWS::ElastiCache::User": f"arn:aws:elasticache:{REGION}:{ACCOUNT}:user:{{name}}",
    "AWS::WAFv2::WebACL": f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/{{name}}/id",
}
# The local stack creates no servers and networks.
_PLACEHOLDERS = {
    "AllocationId": "eipalloc-{name}",
    "FunctionARN": f"arn:aws:cloudfront::{ACCOUNT}:function/{{name}}",
    "DomainName": "{name}.cloudfront.invalid",
    "DBClusterResourceId": "cluster-{name}",
    "DbiResourceId": "db-{name}",
    "Endpoint.Address": "{name}.rds.invalid",
    "Endpoint": "{name}.proxy.invalid",
    "DBProxyArn": f"arn:aws:rds:{REGION}:{ACCOUNT}:db-proxy:prx-{{name}}",
    "GroupId": "sg-{name}",
    "MasterUserSecret.SecretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!{{name}}",
    "PrimaryEndPoint.Address": "{name}.cache.invalid",
    "RegionalDomainName": "{name}.execute-api.invalid",
    "RegionalHostedZoneId": "Z{name}",
    "Version": "1",
}


def _api_id(stack_name: str, logical_id: str) -> str:
    return hashlib.sha256(f"{stack_name}/{logical_id}".encode()).hexdigest()[:10]
