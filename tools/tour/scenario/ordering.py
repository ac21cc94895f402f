"""The catalogue, an account, an order and its payment."""

from tools.demo.data import ADMIN_EMAIL, ADMIN_PASSWORD
from tools.tour.scenario.sample_values import ADDRESS, SESSION, STATE
from tools.tour.step import Step

_ORDER = {
    "items": [{"product_id": "$product", "quantity": 2}],
    "expected_total": "79.80",
    "address": ADDRESS,
}
CATALOGUE = (
    Step(
        chapter="The catalogue and an account",
        text="Anybody may search the catalogue, filter it, sort it and read it page by page.",
        request="GET /products?q=coffee&max_price=15&sort=price&limit=3",
        shown=("items.name", "items.price", "items.currency"),
    ),
    Step(
        text="Mina registers. The shop sends her a welcome mail.",
        request="POST /users/register",
        body={"username": "Mina", "email": "$email", "password": "$password", "language": "en"},
        status=201,
        shown=("id", "message"),
        saves={"mina": "id"},
    ),
    Step(
        text="She logs in. The Authorization header of her next requests has the token.",
        request="POST /users/login",
        body={"email": "$email", "password": "$password"},
        logs_in="MINA",
        shown=SESSION,
    ),
    Step(
        text="The shop's admin logs in too.",
        request="POST /users/login",
        body={"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD},
        logs_in="ADMIN",
        expected={"user.role": "admin"},
        shown=SESSION,
    ),
    Step(
        text="The admin puts twelve kettles on sale.",
        request="POST /products",
        body={"sku": "$sku", "name": "Enamel kettle", "price": "39.90", "stock": 12, "category": "kitchen"},
        user="ADMIN",
        status=201,
        shown=("id", "message"),
        saves={"product": "id"},
    ),
    Step(
        text="Eight more arrive. With an Idempotency-Key, a repeated request counts once.",
        request="POST /products/$product/stock",
        body={"delta": 8, "kind": "received", "reason": "delivery 4711"},
        headers={"Idempotency-Key": "$delivery_key"},
        user="ADMIN",
        expected={"stock": 20},
        shown=("stock",),
    ),
)
ORDERING = (
    Step(
        chapter="An order and its payment",
        text="Mina orders two and sends the total that she expects. If the order costs something else, it is refused.",
        request="POST /orders",
        body=_ORDER,
        headers={"Idempotency-Key": "$order_key"},
        user="MINA",
        status=201,
        expected={"total": "79.80"},
        shown=STATE,
        saves={"order": "id"},
    ),
    Step(
        text="Her phone lost the answer and sends the order again. With the same key, it is still one order.",
        request="POST /orders",
        body=_ORDER,
        headers={"Idempotency-Key": "$order_key"},
        user="MINA",
        status=201,
        expected={"id": "$order"},
        shown=STATE,
    ),
    Step(
        text="The two kettles are no longer in stock.",
        request="GET /products/$product",
        expected={"stock": 18},
        shown=("id", "name", "price", "stock"),
    ),
    Step(
        text="She starts the payment. The front end of a shop gives the client_secret to Stripe.js.",
        request="POST /orders/$order/payment",
        user="MINA",
        expected={"status": "open"},
        shown=("id", "status", "provider"),
        saves={"client_secret": "client_secret", "publishable_key": "publishable_key"},
    ),
    Step(
        text="Her first card is declined. She can still pay the order with another card.",
        request="POST /v1/payment_intents/$intent/confirm",
        form={"client_secret": "$client_secret", "payment_method": "pm_card_visa_chargeDeclined"},
        target="provider",
        status=402,
        expected={"error.code": "card_declined"},
        shown=("error.code", "error.message"),
    ),
    Step(
        text="A webhook informs the shop, and the shop sends her a mail.",
        request="GET /orders/$order",
        user="MINA",
        is_polled=True,
        expected={"status": "pending", "version": 2},
        shown=(*STATE, "version"),
    ),
    Step(
        text="Her second card is accepted.",
        request="POST /v1/payment_intents/$intent/confirm",
        form={"client_secret": "$client_secret", "payment_method": "pm_card_visa"},
        target="provider",
        expected={"status": "succeeded"},
        shown=("status", "amount", "currency"),
    ),
    Step(
        text="After the next webhook, the order is confirmed and paid.",
        request="GET /orders/$order",
        user="MINA",
        is_polled=True,
        expected={"status": "confirmed", "payment_status": "paid"},
        shown=STATE,
    ),
)
