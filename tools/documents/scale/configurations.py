"""Configurations of prod for rates of orders: parameters of the template, raised quotas, and more consumers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.documents.scale import quotas
from tools.documents.scale.quotas import Quota


@dataclass(frozen=True)
class Configuration:
    """Changes of a prod stack. `consumers` replaces the `max_concurrency` of all rows of infra/consumers.yaml."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    raised: Mapping[Quota, float] = field(default_factory=dict)
    consumers: int = 0

    def quota(self, quota: Quota) -> float:
        return self.raised.get(quota, quota.value)


PROD = Configuration("prod")
MEDIUM = Configuration(
    "medium",
    {"StageRateLimit": "1500", "StageBurstLimit": "1500", "CredentialRateLimit": "50", "CredentialBurstLimit": "100"},
    {quotas.STRIPE_ENDPOINT: 100},
    consumers=10,
)
LARGE = Configuration(
    "large",
    {
        "StageRateLimit": "10000",
        "StageBurstLimit": "5000",
        "CredentialRateLimit": "500",
        "CredentialBurstLimit": "1000",
        "DatabaseInstanceClass": "db.m7g.4xlarge",
        "DatabaseStorageGiB": "1000",
        "DatabaseMaxStorageGiB": "16000",
        "DatabaseMaxConnections": "5000",
        "RedisNodeType": "cache.m7g.large",
    },
    {quotas.LAMBDA_CONCURRENCY: 10_000, quotas.STRIPE_ENDPOINT: 2_000},
    consumers=100,
)
ALL = (PROD, MEDIUM, LARGE)
