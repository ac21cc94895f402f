"""What happens to a paid order: shipping, a return, a dispute."""

from tools.tour.step import Step
from tools.tour.story.shapes import PROBLEM, STATE, problem

_RETURN = {"amount": "39.90", "reason": "came back", "restock": [{"product_id": "$product", "quantity": 1}]}
_REFUND = ("id", "status", "amount", "reason", "restock")
DELIVERY = (
    Step(
        chapter="Shipping and a return",
        says="The admin ships the parcel. Mina gets a mail about each step.",
        asks="PUT /orders/$order/status",
        body={"status": "shipped", "carrier": "DHL", "tracking_number": "JD0123456789"},
        user="ADMIN",
        expects={"status": "shipped"},
        shows=("id", "status"),
    ),
    Step(
        says="The parcel arrives.",
        asks="PUT /orders/$order/status",
        body={"status": "delivered"},
        user="ADMIN",
        expects={"status": "delivered"},
        shows=("id", "status"),
    ),
    Step(
        says="One kettle comes back. The admin refunds its price and puts it back in stock.",
        asks="POST /orders/$order/refunds",
        body=_RETURN,
        headers={"Idempotency-Key": "$refund_key"},
        user="ADMIN",
        status=201,
        expects={"status": "succeeded", "amount": "39.90"},
        shows=_REFUND,
        keeps={"refund": "id"},
    ),
    Step(
        says="The admin sends the request again. With the same key, it is still one refund.",
        asks="POST /orders/$order/refunds",
        body=_RETURN,
        headers={"Idempotency-Key": "$refund_key"},
        user="ADMIN",
        status=201,
        expects={"id": "$refund"},
        shows=_REFUND,
    ),
    Step(
        says="Nineteen kettles are in stock now.",
        asks="GET /products/$product",
        expects={"stock": 19},
        shows=("id", "name", "price", "stock", "version"),
        keeps={"version": "version"},
    ),
    Step(
        says="The admin sees the payment and its refund.",
        asks="GET /orders/$order/payments",
        user="ADMIN",
        expects={"payments.captured": "79.80", "payments.refunded": "39.90"},
        shows=("payments.status", "payments.captured", "payments.refunded", "refunds.status", "refunds.amount"),
    ),
)
DISPUTE = (
    Step(
        chapter="A dispute",
        says="Mina's bank takes the money back. The provider opens a dispute and informs the shop.",
        asks="POST /_disputes",
        body={"payment_intent": "$intent"},
        at="provider",
        shows=("status", "amount", "reason"),
        keeps={"dispute": "id"},
    ),
    Step(
        says="The admin sees which disputes need an answer, and until when.",
        asks="GET /orders?dispute=open&user_id=$mina",
        user="ADMIN",
        waits=True,
        expects={"items.id": "$order"},
        shows=("items.id", "items.status", "items.payment_status", "items.dispute"),
    ),
    Step(
        says="Disputed money cannot be refunded.",
        asks="POST /orders/$order/refunds",
        body={"amount": "5.00"},
        user="ADMIN",
        status=409,
        expects=problem("order-disputed"),
        shows=PROBLEM,
    ),
    Step(
        says="The bank decides in favour of the shop.",
        asks="POST /_disputes/$dispute",
        body={"status": "won"},
        at="provider",
        expects={"status": "won"},
        shows=("status",),
    ),
    Step(
        says="The order shows the result.",
        asks="GET /orders/$order",
        user="MINA",
        waits=True,
        expects={"dispute.status": "won"},
        shows=(*STATE, "dispute"),
    ),
    Step(
        says="The history lists all changes of the order.",
        asks="GET /orders/$order/history",
        user="MINA",
        shows=("items.action",),
    ),
)
