"""Rules for API stages: throttling, traces and access logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy
from tools.lint.deployed import is_true

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed


class StagesThrottleEveryMethod(policy.Rule):
    id = "E9401"
    shortdesc = "A stage throttles every method"
    description = "Without its own limits a stage has the account's, and takes them from every other API."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for stage in template.resources("AWS::ApiGateway::Stage"):
            for settings in template.values(stage.properties, "MethodSettings"):
                if not any(_throttles_all(template, each) for each in template.items(settings)):
                    yield stage.logical_id, "needs MethodSettings for /* and * with ThrottlingRateLimit and …BurstLimit"
                    break


class StagesTraceRequests(policy.Rule):
    id = "E9402"
    shortdesc = "A stage traces its requests"
    description = "A trace that begins at the function does not show the time before it."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for stage in template.resources("AWS::ApiGateway::Stage"):
            if not all(map(is_true, template.values(stage.properties, "TracingEnabled"))):
                yield stage.logical_id, "needs TracingEnabled: true"


class StagesWriteAccessLogs(policy.Rule):
    id = "E9403"
    shortdesc = "A stage writes an access log"
    description = "A request that the gateway refuses itself never reaches a function's log."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for stage in template.resources("AWS::ApiGateway::Stage"):
            if None in template.values(stage.properties, "AccessLogSetting", "DestinationArn"):
                yield stage.logical_id, "needs AccessLogSetting with a log group of this template"


def _throttles_all(template: Deployed, setting: Any) -> bool:
    return (
        template.values(setting, "ResourcePath") == ["/*"]
        and template.values(setting, "HttpMethod") == ["*"]
        and None not in template.values(setting, "ThrottlingRateLimit")
        and None not in template.values(setting, "ThrottlingBurstLimit")
    )
