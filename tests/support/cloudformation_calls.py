"""Every call to AWS that creating, reading, updating or deleting a resource of the templates may mean."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from tests.support.cloudformation_handlers import PLACEHOLDER, any_of, arn_forms, handler_actions, is_about
from tests.support.iam import Call, listed
from tools.templates.model import ACCOUNT, REGION
from tools.templates.stack import Stack

_IN_REGION = (("aws:RequestedRegion", REGION),)
_HERE = f"{REGION}:{ACCOUNT}"
_TRANSFORM = f"arn:aws:cloudformation:{REGION}:aws:transform/Serverless-2016-10-31"
# Type → the ARNs of its resources, with a placeholder for names that CloudFormation or AWS generates. A type that is
# not listed acts on other resources of its stack, as an alias does on its function, or on any resource.
_ARNS = {
    "AWS::ApiGateway::Account": (f"apigateway:{REGION}::/account",),
    "AWS::ApiGateway::BasePathMapping": (f"apigateway:{REGION}::/domainnames/{{name}}/basepathmappings/{PLACEHOLDER}",),
    "AWS::ApiGateway::Deployment": (f"apigateway:{REGION}::/restapis/{PLACEHOLDER}/deployments/{PLACEHOLDER}",),
    "AWS::ApiGateway::DomainName": (
        f"apigateway:{REGION}::/domainnames",
        f"apigateway:{REGION}::/domainnames/{{name}}",
        f"apigateway:{REGION}::/tags/{PLACEHOLDER}",
    ),
    "AWS::ApiGateway::RestApi": (f"apigateway:{REGION}::/restapis", f"apigateway:{REGION}::/restapis/{PLACEHOLDER}"),
    "AWS::ApiGateway::Stage": (
        f"apigateway:{REGION}::/restapis/{PLACEHOLDER}/stages/{{name}}",
        f"apigateway:{REGION}::/tags/{PLACEHOLDER}",
    ),
    "AWS::CloudFront::Function": (f"cloudfront::{ACCOUNT}:function/{{name}}",),
    "AWS::CloudFormation::Stack": (f"cloudformation:{_HERE}:stack/{{name}}/{PLACEHOLDER}",),
    "AWS::CloudWatch::Alarm": (f"cloudwatch:{_HERE}:alarm:{{name}}",),
    "AWS::CloudWatch::Dashboard": (f"cloudwatch::{ACCOUNT}:dashboard/{{name}}",),
    "AWS::CodeDeploy::Application": (f"codedeploy:{_HERE}:application:{{name}}",),
    "AWS::CodeDeploy::DeploymentGroup": (f"codedeploy:{_HERE}:deploymentgroup:{{stack}}-{PLACEHOLDER}/{PLACEHOLDER}",),
    "AWS::ElastiCache::ParameterGroup": (f"elasticache:{_HERE}:parametergroup:{PLACEHOLDER}",),
    "AWS::ElastiCache::ReplicationGroup": (f"elasticache:{_HERE}:replicationgroup:{PLACEHOLDER}",),
    "AWS::ElastiCache::SubnetGroup": (f"elasticache:{_HERE}:subnetgroup:{PLACEHOLDER}",),
    "AWS::ElastiCache::User": (f"elasticache:{_HERE}:user:{PLACEHOLDER}",),
    "AWS::ElastiCache::UserGroup": (f"elasticache:{_HERE}:usergroup:{PLACEHOLDER}",),
    "AWS::Events::Archive": (f"events:{_HERE}:archive/{{name}}",),
    "AWS::Events::EventBus": (f"events:{_HERE}:event-bus/{{name}}",),
    "AWS::Events::Rule": (f"events:{_HERE}:rule/{{path}}",),
    "AWS::IAM::ManagedPolicy": (f"iam::{ACCOUNT}:policy/{{name}}",),
    "AWS::IAM::Role": (f"iam::{ACCOUNT}:role/{{name}}",),
    "AWS::Lambda::Function": (f"lambda:{_HERE}:function:{{name}}",),
    "AWS::Lambda::LayerVersion": (f"lambda:{_HERE}:layer:{{name}}", f"lambda:{_HERE}:layer:{{name}}:1"),
    "AWS::Logs::LogGroup": (f"logs:{_HERE}:log-group:{{name}}",),
    "AWS::RDS::DBCluster": (f"rds:{_HERE}:cluster:{{name}}",),
    "AWS::RDS::DBClusterParameterGroup": (f"rds:{_HERE}:cluster-pg:{PLACEHOLDER}",),
    "AWS::RDS::DBInstance": (f"rds:{_HERE}:db:{PLACEHOLDER}", f"rds:{_HERE}:snapshot:{PLACEHOLDER}"),
    "AWS::RDS::DBParameterGroup": (f"rds:{_HERE}:pg:{PLACEHOLDER}",),
    "AWS::RDS::DBProxy": (f"rds:{_HERE}:db-proxy:{PLACEHOLDER}",),
    "AWS::RDS::DBProxyTargetGroup": (f"rds:{_HERE}:target-group:{PLACEHOLDER}",),
    "AWS::RDS::DBSubnetGroup": (f"rds:{_HERE}:subgrp:{PLACEHOLDER}",),
    "AWS::S3::Bucket": ("s3:::{name}",),
    "AWS::SecretsManager::Secret": (f"secretsmanager:{_HERE}:secret:{{name}}-{PLACEHOLDER}",),
    "AWS::SNS::Topic": (f"sns:{_HERE}:{{name}}",),
    "AWS::SQS::Queue": (f"sqs:{_HERE}:{{name}}",),
}
# Types with roles → the service to which CloudFormation passes them.
_ROLES_GO_TO = {
    "AWS::ApiGateway::Account": "apigateway.amazonaws.com",
    "AWS::CodeDeploy::DeploymentGroup": "codedeploy.amazonaws.com",
    "AWS::EC2::FlowLog": "vpc-flow-logs.amazonaws.com",
    "AWS::Lambda::Function": "lambda.amazonaws.com",
    "AWS::RDS::DBProxy": "rds.amazonaws.com",
}
# Type → the service that creates a service-linked role at its first use in an account.
_LINKED_ROLES = {
    "AWS::ElastiCache::": "elasticache.amazonaws.com",
    "AWS::RDS::": "rds.amazonaws.com",
    "AWS::WAFv2::": "wafv2.amazonaws.com",
}
# Versions of the authorization reference differ in the resource of these actions; "*" satisfies all.
_MAY_KNOW_NO_RESOURCE = {"sns:GetSubscriptionAttributes", "sns:SetSubscriptionAttributes", "sns:Unsubscribe"}
# Actions that a handler calls only for some properties or attributes: type, action, names of these. An action without
# names is not called here.
_CALLED_FOR = (
    ("AWS::ApiGateway::RestApi", "s3:*", ("BodyS3Location",)),
    ("AWS::CloudFront::Distribution", "cloudfront:*ConnectionGroup", ()),  # of distributions with tenants
    ("AWS::CloudFront::Distribution", "cloudfront:GetVpcOrigin", ()),
    ("AWS::CloudFront::Distribution", "cloudfront:UpdateDistributionWithStagingConfig", ()),
    ("AWS::SecretsManager::Secret", "secretsmanager:Re*Region*", ("ReplicaRegions",)),
    ("AWS::CodeDeploy::*", "codedeploy:*OnPremisesInstance", ("OnPremisesInstanceTagFilters", "OnPremisesTagSet")),
    ("AWS::EC2::FlowLog", "iam:CreateServiceLinkedRole", ("LogDestination",)),
    ("AWS::EC2::FlowLog", "s3:*", ("LogDestination",)),
    ("AWS::EC2::VPCEndpoint", "vpc-lattice:*", ("ServiceNetworkArn", "ResourceConfigurationArn")),
    ("AWS::EC2::VPCEndpoint", "vpce:AllowMultiRegion", ("ServiceRegion",)),
    ("AWS::ElastiCache::*", "iam:PutRolePolicy", ()),  # a service alone writes its service-linked role
    ("AWS::ElastiCache::ReplicationGroup", "firehose:*", ("LogDeliveryConfigurations",)),
    ("AWS::ElastiCache::ReplicationGroup", "logs:*", ("LogDeliveryConfigurations",)),
    ("AWS::ElastiCache::ReplicationGroup", "s3:*", ("SnapshotArns",)),
    ("AWS::ElastiCache::ReplicationGroup", "kms:Encrypt", ("KmsKeyId",)),
    ("AWS::Events::*", "kms:*", ("KmsKeyIdentifier",)),
    ("AWS::Events::EventBus", "events:PutPermission", ("Policy",)),
    ("AWS::IAM::ManagedPolicy", "iam:*GroupPolicy", ("Groups",)),
    ("AWS::IAM::ManagedPolicy", "iam:*RolePolicy", ("Roles",)),
    ("AWS::IAM::ManagedPolicy", "iam:*UserPolicy", ("Users",)),
    ("AWS::IAM::Role", "iam:*RolePermissionsBoundary", ("PermissionsBoundary",)),
    ("AWS::Lambda::Alias", "codedeploy:*", ("UpdatePolicy",)),  # all at once, traffic moves without CodeDeploy
    ("AWS::Lambda::EventSourceMapping", "kms:*", ("KmsKeyArn",)),
    ("AWS::Lambda::Function", "elasticfilesystem:*", ("FileSystemConfigs",)),
    ("AWS::Lambda::Function", "kms:*", ("KmsKeyArn",)),
    ("AWS::Lambda::Function", "lambda:GetCodeSigningConfig", ("CodeSigningConfigArn",)),
    ("AWS::Lambda::Function", "lambda:PassCapacityProvider", ("CapacityProviderConfig",)),
    ("AWS::Lambda::Function", "s3files:*", ("FileSystemConfigs",)),
    ("AWS::Logs::LogGroup", "firehose:*", ()),
    ("AWS::Logs::LogGroup", "logs:*IndexPolicy", ("FieldIndexPolicies",)),
    ("AWS::Logs::LogGroup", "logs:*ResourcePolicy", ("ResourcePolicyDocument",)),
    ("AWS::RDS::DBInstance", "iam:ListRoles", ("AssociatedRoles", "MonitoringRoleArn")),
    ("AWS::Route53::RecordSet", "route53:ListHostedZones", ("HostedZoneName",)),
    ("AWS::S3::Bucket", "s3tables:*", ("MetadataConfiguration", "MetadataTableConfiguration")),
    ("AWS::WAFv2::LoggingConfiguration", "firehose:*", ()),  # it logs to CloudWatch
    ("AWS::WAFv2::LoggingConfiguration", "s3:*", ()),
    *(("AWS::WAFv2::WebACLAssociation", f"{service}:*", ()) for service in (
        "amplify", "apprunner", "appsync", "bedrock-agentcore", "cognito-idp", "ec2", "elasticloadbalancing",
    )),  # it protects a stage of API Gateway
)  # fmt: skip


@dataclass(frozen=True)
class Provided:
    """A resource of one stack, with the data that its provider's calls need."""

    stack: Stack
    logical_id: str
    type: str
    property_names: tuple[str, ...]
    attributes: frozenset[str]
    execution_role: str
    build: str  # the ARN of an object in the bucket of builds

    def calls(self) -> Iterator[Call]:
        """The possible calls of the resource's handlers, and the calls of CloudFormation itself."""
        if self.type.startswith("Custom::"):
            yield Call("lambda:InvokeFunction", self._properties["ServiceToken"])
            return
        if self.type == "AWS::CloudFormation::Stack":
            yield Call("s3:GetObject", self.build)
            yield Call("cloudformation:CreateChangeSet", _TRANSFORM)
        for action in sorted(handler_actions(self.type)):
            if self._is_called(action):
                yield from self._calls_of(action)

    def _calls_of(self, action: str) -> Iterator[Call]:
        match action:
            case "iam:PassRole" if self.type == "AWS::CloudFormation::Stack":
                yield Call(action, self.execution_role, (("iam:PassedToService", "cloudformation.amazonaws.com"),))
            case "iam:PassRole":
                for role in self._roles:
                    yield Call(action, role, (("iam:PassedToService", _ROLES_GO_TO[self.type]),))
            case "iam:GetRole" if self.type != "AWS::IAM::Role":
                yield from (Call(action, role) for role in self._roles)
            case "iam:CreateServiceLinkedRole":
                [service] = [name for prefix, name in _LINKED_ROLES.items() if self.type.startswith(prefix)]
                role = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/{service}/{PLACEHOLDER}"
                yield Call(action, role, (("iam:AWSServiceName", service),))
            case "iam:AttachRolePolicy" | "iam:DetachRolePolicy":
                for policy in self._properties.get("ManagedPolicyArns", ()):
                    yield Call(action, self._arns[0], (("iam:PolicyARN", policy),))
            case "s3:GetObject" | "s3:GetObjectVersion" if self.type.startswith("AWS::Lambda::"):
                yield Call(action, self.build)
            case "secretsmanager:CreateSecret" | "secretsmanager:TagResource" if self.type.startswith("AWS::RDS::"):
                yield Call(action, f"arn:aws:secretsmanager:{_HERE}:secret:rds!db-{PLACEHOLDER}")  # so RDS names it
            case _:
                yield from (Call(action, arn, _IN_REGION) for arn in self._about(action))

    def _about(self, action: str) -> list[str]:
        """The ARNs of the action: this resource, resources that it names, and others of its stack; otherwise any."""
        if not arn_forms(action):
            return ["*"]
        named = [text for value in self._properties.values() for text in listed(value) if isinstance(text, str)]
        candidates = [*self._arns, *named, *_arns_of_others(self.stack, self.type)]
        found = [arn for arn in candidates if is_about(action, arn)]
        unknown = ["*"] if action in _MAY_KNOW_NO_RESOURCE else []
        return unknown + (found or [any_of(form) for form in arn_forms(action)])

    def _is_called(self, action: str) -> bool:
        rules = [
            names
            for type_, pattern, names in _CALLED_FOR
            if fnmatchcase(self.type, type_) and fnmatchcase(action, pattern)
        ]
        return not rules or any(name in self._given for names in rules for name in names)

    @functools.cached_property
    def _properties(self) -> dict[str, Any]:
        values = {name: self.stack.property(self.logical_id, name) for name in self.property_names}
        return {name: value for name, value in values.items() if value is not None}

    @functools.cached_property
    def _given(self) -> set[str]:
        """The names of its attributes and of its properties with a value."""
        return self._properties.keys() | self.attributes

    @property
    def _arns(self) -> list[str]:
        return _arns(self.stack, self.logical_id, self.type)

    @property
    def _roles(self) -> list[str]:
        return [value for value in self._properties.values() if str(value).startswith(f"arn:aws:iam::{ACCOUNT}:role/")]


def provided(root: Stack, *, execution_role: str, build: str) -> list[Provided]:
    """Every resource of a stack and of its nested stacks."""
    return [
        Provided(
            stack,
            logical_id,
            resource["Type"],
            tuple(resource.get("Properties", ())),
            frozenset(resource),
            execution_role,
            build,
        )
        for stack in root.walk()
        for logical_id, resource in stack.resources()
        if resource["Type"] != "AWS::CloudFormation::WaitConditionHandle"  # nothing is called for it
    ]


def _arns(stack: Stack, logical_id: str, type_: str) -> list[str]:
    if type_ not in _ARNS:
        return []
    path = stack.arn(logical_id).partition("/")[2] if type_ == "AWS::Events::Rule" else ""
    names = {"stack": stack.name, "name": stack.physical_name(logical_id), "path": path}
    return [f"arn:aws:{arn}".format(**names) for arn in _ARNS[type_]]


@functools.cache
def _arns_of_others(stack: Stack, type_: str) -> list[str]:
    """The ARNs of one resource of each other type in a stack."""
    others = {resource["Type"]: logical_id for logical_id, resource in stack.resources() if resource["Type"] != type_}
    return [arn for other, logical_id in others.items() for arn in _arns(stack, logical_id, other)]
