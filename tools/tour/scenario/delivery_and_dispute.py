"""Shipping, a return and a dispute of a paid order."""

from tools.tour.scenario.sample_values import PROBLEM, STATE, problem
from tools.tour.step import Step

_RETURN = {"amount": "39.90", "reason": "came back", "restock": [{"product_id": "$product", "quantity": 1}]}
_REFUND = ("id", "status", "amount", "reason", "restock")
DELIVERY = (
    Step(
        chapter="Shipping and a return",
        text="The admin ships the parcel. Mina gets a mail about each step.",
        request="PUT /orders/$order/status",
        body={"status": "shipped", "carrier": "DHL", "tracking_number": "JD0123456789"},
        user="ADMIN",
        expected={"status": "shipped"},
        shown=("id", "status"),
    ),
    Step(
        text="The parcel arrives.",
        request="PUT /orders/$order/status",
        body={"status": "delivered"},
        user="ADMIN",
        expected={"status": "delivered"},
        shown=("id", "status"),
    ),
    Step(
        text="One kettle comes back. The admin refunds its price and puts it back in stock.",
        request="POST /orders/$order/refunds",
        body=_RETURN,
        headers={"Idempotency-Key": "$refund_key"},
        user="ADMIN",
        status=201,
        expected={"status": "succeeded", "amount": "39.90"},
        shown=_REFUND,
        saves={"refund": "id"},
    ),
    Step(
        text="The admin sends the request again. With the same key, it is still one refund.",
        request="POST /orders/$order/refunds",
        body=_RETURN,
        headers={"Idempotency-Key": "$refund_key"},
        user="ADMIN",
        status=201,
        expected={"id": "$refund"},
        shown=_REFUND,
    ),
    Step(
        text="Nineteen kettles are in stock now.",
        request="GET /products/$product",
        expected={"stock": 19},
        shown=("id", "name", "price", "stock", "version"),
        saves={"version": "version"},
    ),
    Step(
        text="The admin sees the payment and its refund.",
        request="GET /orders/$order/payments",
        user="ADMIN",
        expected={"payments.captured": "79.80", "payments.refunded": "39.90"},
        shown=("payments.status", "payments.captured", "payments.refunded", "refunds.status", "refunds.amount"),
    ),
)
DISPUTE = (
    Step(
        chapter="A dispute",
        text="Mina's bank takes the money back. The provider opens a dispute and informs the shop.",
        request="POST /_disputes",
        body={"payment_intent": "$intent"},
        target="provider",
        shown=("status", "amount", "reason"),
        saves={"dispute": "id"},
    ),
    Step(
        text="The admin sees which disputes need an answer, and until when.",
        request="GET /orders?dispute=open&user_id=$mina",
        user="ADMIN",
        is_polled=True,
        expected={"items.id": "$order"},
        shown=("items.id", "items.status", "items.payment_status", "items.dispute"),
    ),
    Step(
        text="Disputed money cannot be refunded.",
        request="POST /orders/$order/refunds",
        body={"amount": "5.00"},
        user="ADMIN",
        status=409,
        expected=problem("order-disputed"),
        shown=PROBLEM,
    ),
    Step(
        text="The bank decides in favour of the shop.",
        request="POST /_disputes/$dispute",
        body={"status": "won"},
        target="provider",
        expected={"status": "won"},
        shown=("status",),
    ),
    Step(
        text="The order shows the result.",
        request="GET /orders/$order",
        user="MINA",
        is_polled=True,
        expected={"dispute.status": "won"},
        shown=(*STATE, "dispute"),
    ),
    Step(
        text="The history lists all changes of the order.",
        request="GET /orders/$order/history",
        user="MINA",
        shown=("items.action",),
    ),
)
