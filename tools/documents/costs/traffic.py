"""The model of a shop's traffic: what one order brings with it. All of it is assumed; change it for your shop."""

from dataclasses import dataclass

from tools.documents.consumers import consumers


@dataclass(frozen=True)
class Endpoint:
    """How often customers ask for something on the way to one order, and for how long that runs."""

    function: str
    requests: float
    milliseconds: float
    with_token: bool = False


# With all the visitors who look and do not buy. Durations are those of a warm environment at 512 MB.
ENDPOINTS = (
    Endpoint("GetProductFunction", 20, 12),
    Endpoint("ListProductsFunction", 8, 40),
    Endpoint("ListCategoriesFunction", 1, 20),
    Endpoint("RegisterFunction", 0.2, 140),
    Endpoint("LogInFunction", 0.6, 140),
    Endpoint("GetProfileFunction", 1, 20, with_token=True),
    Endpoint("PlaceOrderFunction", 1, 50, with_token=True),
    Endpoint("StartPaymentFunction", 1, 600, with_token=True),
    Endpoint("StripeWebhookFunction", 3, 80),
    Endpoint("GetOrderFunction", 4, 20, with_token=True),
    Endpoint("ListOrdersFunction", 1, 30, with_token=True),
    Endpoint("SetOrderStatusFunction", 2, 40, with_token=True),
    Endpoint("CancelOrderFunction", 0.05, 50, with_token=True),
)
AUTHORIZER_MILLISECONDS = 6
# So many invocations meet a new environment, whose INIT phase takes so long.
COLD_STARTS = 0.01
INIT_MILLISECONDS = 500

_EVENTS_OF_AN_ORDER = ("OrderCreated", "OrderPaid", "OrderShipped", "OrderDelivered")
EVENTS = len(_EVENTS_OF_AN_ORDER) + 1  # and what happens to stock
CONSUMER_MILLISECONDS = 60
MAILS = 3

# Bytes.
ANSWER = 3_000
LOGS_OF_REQUEST = 2_300  # access log, our line, a line of metrics, Lambda's three lines
LOGS_OF_INVOCATION = 1_200
OUTWARDS = 80_000  # mails, events and calls of the payment provider, with what TLS adds

# X-Ray takes the first request of every second and so much of the others.
TRACED = 0.05

REQUESTS = sum(endpoint.requests for endpoint in ENDPOINTS)
REQUESTS_WITH_TOKEN = sum(endpoint.requests for endpoint in ENDPOINTS if endpoint.with_token)


def deliveries() -> int:
    """Events of an order that rules pass on to queues."""
    return sum(event in consumer.events for consumer in consumers() for event in _EVENTS_OF_AN_ORDER)
