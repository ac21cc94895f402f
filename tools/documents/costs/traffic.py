"""A model of a shop's traffic per order. All numbers are assumptions; change them for your shop."""

from dataclasses import dataclass

from tools.documents.consumers import consumers


@dataclass(frozen=True)
class Endpoint:
    """The number of requests to an endpoint per order, and their duration."""

    function: str
    requests: float
    milliseconds: float
    with_token: bool = False


# Including visitors who do not buy. Durations are those of a warm environment with 512 MB.
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
# The share of invocations with a cold start, and the duration of its INIT phase.
COLD_STARTS = 0.01
INIT_MILLISECONDS = 500

EVENTS_OF_AN_ORDER = ("OrderCreated", "OrderPaid", "OrderShipped", "OrderDelivered")
EVENTS = len(EVENTS_OF_AN_ORDER) + 1  # and changes of stock
CONSUMER_MILLISECONDS = 60
MAILS = 3

# Bytes.
RESPONSE = 3_000
LOGS_OF_REQUEST = 2_300  # access log, the shop's line, a line of metrics, three lines of Lambda
LOGS_OF_INVOCATION = 1_200
OUTBOUND = 80_000  # mails, events and calls to the payment provider, including TLS

# X-Ray samples the first request of every second and this share of the others.
TRACED = 0.05

REQUESTS = sum(endpoint.requests for endpoint in ENDPOINTS)
REQUESTS_WITH_TOKEN = sum(endpoint.requests for endpoint in ENDPOINTS if endpoint.with_token)


def deliveries() -> int:
    """Returns the number of deliveries of an order's events to queues."""
    return sum(event in consumer.events for consumer in consumers() for event in EVENTS_OF_AN_ORDER)
