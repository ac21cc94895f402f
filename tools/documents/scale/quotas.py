"""Quotas of AWS and limits of Stripe, from their documentation; not checked live.

Those of us-east-1 with a default account. Each has its page. AS_OF is the date of all of them.
"""

from dataclasses import dataclass

AS_OF = "November 2026"


@dataclass(frozen=True)
class Quota:
    """A limit with its page. `name` is that of the page."""

    value: float
    name: str
    page: str

    @property
    def short_name(self) -> str:
        """The name without remarks."""
        return self.name.partition(";")[0]


API_REQUESTS = Quota(
    10_000,
    "API Gateway, requests a second of an account; 2,500 in newer regions",
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html",
)
LAMBDA_CONCURRENCY = Quota(
    1_000,
    "Lambda, concurrent executions of an account; a new one may start with 10",
    "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
)
LAMBDA_SCALING = Quota(
    1_000,
    "Lambda, new environments of a function in ten seconds",
    "https://docs.aws.amazon.com/lambda/latest/dg/scaling-behavior.html",
)
LAMBDA_REQUESTS = Quota(
    10,
    "Lambda, requests a second of an environment",
    "https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html",
)
LAMBDA_MB_OF_A_VCPU = Quota(
    1_769,
    "Lambda, megabytes of memory for one vCPU",
    "https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html",
)
CONSUMER_CONCURRENCY = Quota(
    1_000,
    "Lambda, maximum concurrency of a queue",
    "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
)
PUT_EVENTS = Quota(
    10_000,
    "EventBridge, PutEvents a second; 600 to 2,400 in other regions",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
)
EVENT_TARGETS = Quota(
    18_750,
    "EventBridge, deliveries to targets a second; 4,500 in eu-central-1, 1,100 in small regions. More are delayed",
    "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
)
STRIPE_ENDPOINT = Quota(
    25,
    "Stripe, requests a second to one endpoint, live mode; 100 to all",
    "https://docs.stripe.com/rate-limits",
)
ALL = (
    API_REQUESTS,
    LAMBDA_CONCURRENCY,
    LAMBDA_SCALING,
    LAMBDA_REQUESTS,
    LAMBDA_MB_OF_A_VCPU,
    CONSUMER_CONCURRENCY,
    PUT_EVENTS,
    EVENT_TARGETS,
    STRIPE_ENDPOINT,
)
