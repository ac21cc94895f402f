"""Rules for networks: nothing of the shop is open to the whole Internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.lint import policy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tools.lint.deployed import Deployed

_EVERYWHERE = {"0.0.0.0/0", "::/0"}


class NoWorldOpenSecurityGroup(policy.Rule):
    id = "E9601"
    shortdesc = "No security group admits the whole Internet"
    description = "Clients reach the shop through API Gateway only, which has no security group."

    def findings(self, template: Deployed) -> Iterator[policy.Finding]:
        for group in template.resources("AWS::EC2::SecurityGroup"):
            if any(_is_open(template, each) for each in template.items(group.properties, "SecurityGroupIngress")):
                yield group.logical_id, "admits the whole Internet: name a security group as the source"
        for ingress in template.resources("AWS::EC2::SecurityGroupIngress"):
            if _is_open(template, ingress.properties):
                yield ingress.logical_id, "admits the whole Internet: name a security group as the source"


def _is_open(template: Deployed, ingress: Any) -> bool:
    sources = template.values(ingress, "CidrIp") + template.values(ingress, "CidrIpv6")
    return bool(_EVERYWHERE.intersection(map(str, sources)))
