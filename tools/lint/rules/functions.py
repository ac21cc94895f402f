"""Rules for Lambda functions: logs, traces, timeouts and published versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.lint import policy
from tools.lint.deployed import Unknown
from tools.templates.chains import breaks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_LAMBDAS_DEFAULT_TIMEOUT = 3
_HTTP_SECONDS = 29  # API Gateway's integration timeout


class FunctionsLogToGroupsOfTheirStack(policy.Rule):
    id = "E9101"
    shortdesc = "A function logs to a log group of the shop"
    description = "A log group that Lambda creates itself keeps logs forever, and the saved queries do not cover it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for function in template.resources("AWS::Lambda::Function"):
            for group in template.values(function.properties, "LoggingConfig", "LogGroup"):
                named = template.named(group)
                if (named is None or named.type != "AWS::Logs::LogGroup") and not _names_a_parameter(template, group):
                    yield (
                        function.logical_id,
                        "needs LoggingConfig.LogGroup: !Ref of a log group, or of a parameter without a default",
                    )
                    break


class LogGroupsHaveRetention(policy.Rule):
    id = "E9102"
    shortdesc = "A log group has a retention"
    description = "Without RetentionInDays logs are kept, and paid for, forever."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for group in template.resources("AWS::Logs::LogGroup"):
            if None in template.values(group.properties, "RetentionInDays"):
                yield group.logical_id, "needs RetentionInDays in every case"


class FunctionsAreTraced(policy.Rule):
    id = "E9103"
    shortdesc = "A function traces its calls"
    description = "A trace without one of its functions may miss the one that failed."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for function in template.resources("AWS::Lambda::Function"):
            if set(map(str, template.values(function.properties, "TracingConfig", "Mode"))) != {"Active"}:
                yield function.logical_id, "needs Tracing: Active"


class HttpFunctionsTimeOutBeforeTheGateway(policy.Rule):
    id = "E9104"
    shortdesc = "A function behind HTTP ends within 29 seconds"
    description = (
        "API Gateway answers 504 after 29 seconds while the function goes on. A function is behind HTTP if a permission"
        " of the same template lets API Gateway invoke it; SAM puts both into one template."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for logical_id in sorted(_behind_http(template)):
            for seconds in template.values(template.by_id[logical_id].properties, "Timeout"):
                if isinstance(seconds, Unknown) or int(seconds or _LAMBDAS_DEFAULT_TIMEOUT) > _HTTP_SECONDS:
                    yield logical_id, f"needs a Timeout of at most {_HTTP_SECONDS} seconds in every case"
                    break


class PublishedVersionsDependOnCodeVersion(policy.Rule):
    id = "E9105"
    shortdesc = "A published version depends on CodeVersion"
    description = (
        "SAM publishes a new version when the hash of a function's own code changes, so a change of only the layer"
        " would not go live. CodeVersion is a hash over functions and layers."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for alias in template.resources("AWS::Lambda::Alias"):
            name = template.source_id(alias.logical_id)
            if template.source["Resources"][name]["Type"] != "AWS::Serverless::Function":
                continue
            if template.source_property(name, "AutoPublishCodeSha256") != {"Ref": "CodeVersion"}:
                yield name, "publishes an alias and needs AutoPublishCodeSha256: !Ref CodeVersion"


class HttpFunctionsAreUpdatedInChains(policy.Rule):
    id = "E9106"
    shortdesc = "Functions of an API are updated in a few chains, not all at once"
    description = (
        "Lambda's control plane takes about 15 requests a second. Code, settings, versions, aliases and CodeDeploy's"
        " deployments of all functions at once can exceed that, and the deployment fails."
    )

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        named = [template.named(alias.properties["FunctionName"]) for alias in template.resources("AWS::Lambda::Alias")]
        together = {function.logical_id for function in named if function is not None} | _behind_http(template)
        functions = {name: function for name, function in template.by_id.items() if name in together}
        yield from breaks(
            {
                name: [each for each in _listed(function.attributes.get("DependsOn", [])) if each in functions]
                for name, function in functions.items()
            }
        )


def _names_a_parameter(template: Deployed, value: object) -> bool:
    """Whether the parent stack must give the value: a parameter without a default."""
    return isinstance(value, Unknown) and value.expression.get("Ref") in template.parameters


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _behind_http(template: Deployed) -> set[str]:
    """Returns logical ids."""
    permissions = template.resources("AWS::Lambda::Permission")
    called = [
        template.named(permission.properties.get("FunctionName"))
        for permission in permissions
        if permission.properties.get("Principal") == "apigateway.amazonaws.com"
    ]
    return {function.logical_id for function in called if function is not None}
