"""The catalogue, an account, an order and its payment."""

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.tour.step import Step
from tools.tour.story.shapes import ADDRESS, SESSION, STATE

_ORDER = {
    "items": [{"product_id": "$product", "quantity": 2}],
    "expected_total": "79.80",
    "address": ADDRESS,
}
CATALOGUE = (
    Step(
        chapter="The catalogue and an account",
        says="Anybody may search the catalogue, filter it, sort it and read it page by page.",
        asks="GET /products?q=coffee&max_price=15&sort=price&limit=3",
        shows=("items.name", "items.price", "items.currency"),
    ),
    Step(
        says="Mina registers. The shop sends her a welcome mail.",
        asks="POST /users/register",
        body={"username": "Mina", "email": "$email", "password": "$password", "language": "en"},
        status=201,
        shows=("id", "message"),
        keeps={"mina": "id"},
    ),
    Step(
        says="She logs in. The Authorization header of her next requests has the token.",
        asks="POST /users/login",
        body={"email": "$email", "password": "$password"},
        logs_in="MINA",
        shows=SESSION,
    ),
    Step(
        says="The shop's admin logs in too.",
        asks="POST /users/login",
        body={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD},
        logs_in="ADMIN",
        expects={"user.role": "admin"},
        shows=SESSION,
    ),
    Step(
        says="The admin puts twelve kettles on sale.",
        asks="POST /products",
        body={"sku": "$sku", "name": "Enamel kettle", "price": "39.90", "stock": 12, "category": "kitchen"},
        user="ADMIN",
        status=201,
        shows=("id", "message"),
        keeps={"product": "id"},
    ),
    Step(
        says="Eight more arrive. With an Idempotency-Key, a repeated request counts once.",
        asks="POST /products/$product/stock",
        body={"delta": 8, "kind": "received", "reason": "delivery 4711"},
        headers={"Idempotency-Key": "$delivery_key"},
        user="ADMIN",
        expects={"stock": 20},
        shows=("stock",),
    ),
)
ORDERING = (
    Step(
        chapter="An order and its payment",
        says="Mina orders two and sends the total that she expects. If the order costs something else, it is refused.",
        asks="POST /orders",
        body=_ORDER,
        headers={"Idempotency-Key": "$order_key"},
        user="MINA",
        status=201,
        expects={"total": "79.80"},
        shows=STATE,
        keeps={"order": "id"},
    ),
    Step(
        says="Her phone lost the answer and sends the order again. With the same key, it is still one order.",
        asks="POST /orders",
        body=_ORDER,
        headers={"Idempotency-Key": "$order_key"},
        user="MINA",
        status=201,
        expects={"id": "$order"},
        shows=STATE,
    ),
    Step(
        says="The two kettles are no longer in stock.",
        asks="GET /products/$product",
        expects={"stock": 18},
        shows=("id", "name", "price", "stock"),
    ),
    Step(
        says="She starts the payment. The front end of a shop gives the client_secret to Stripe.js.",
        asks="POST /orders/$order/payment",
        user="MINA",
        expects={"status": "open"},
        shows=("id", "status", "provider"),
        keeps={"client_secret": "client_secret", "publishable_key": "publishable_key"},
    ),
    Step(
        says="Her first card is declined. She can still pay the order with another card.",
        asks="POST /v1/payment_intents/$intent/confirm",
        form={"client_secret": "$client_secret", "payment_method": "pm_card_visa_chargeDeclined"},
        at="provider",
        status=402,
        expects={"error.code": "card_declined"},
        shows=("error.code", "error.message"),
    ),
    Step(
        says="A webhook informs the shop, and the shop sends her a mail.",
        asks="GET /orders/$order",
        user="MINA",
        waits=True,
        expects={"status": "pending", "version": 2},
        shows=(*STATE, "version"),
    ),
    Step(
        says="Her second card is accepted.",
        asks="POST /v1/payment_intents/$intent/confirm",
        form={"client_secret": "$client_secret", "payment_method": "pm_card_visa"},
        at="provider",
        expects={"status": "succeeded"},
        shows=("status", "amount", "currency"),
    ),
    Step(
        says="After the next webhook, the order is confirmed and paid.",
        asks="GET /orders/$order",
        user="MINA",
        waits=True,
        expects={"status": "confirmed", "payment_status": "paid"},
        shows=STATE,
    ),
)
