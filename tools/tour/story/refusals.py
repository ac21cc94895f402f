"""What the shop refuses, and to whom."""

from tools.demo.data import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tools.tour.step import Step
from tools.tour.story.shapes import ADDRESS, PROBLEM, SESSION, problem

REFUSALS = (
    Step(
        chapter="What the shop refuses",
        says="Nobody can see orders without a token.",
        asks="GET /orders",
        status=401,
        shows=PROBLEM,
    ),
    Step(
        says="Casey, another customer, logs in …",
        asks="POST /users/login",
        body={"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD},
        logs_in="CASEY",
        shows=SESSION,
    ),
    Step(
        says="… and asks for Mina's order. The answer is a 404, so nobody learns which orders exist.",
        asks="GET /orders/$order",
        user="CASEY",
        status=404,
        expects=problem("not-found"),
        shows=PROBLEM,
    ),
    Step(
        says="Casey may not change the catalogue either.",
        asks="POST /products",
        body={"name": "Free lunch", "price": "0.00", "stock": 1},
        user="CASEY",
        status=403,
        expects=problem("forbidden"),
        shows=PROBLEM,
    ),
    Step(
        says="A delivered order cannot be cancelled.",
        asks="POST /orders/$order/cancel",
        user="MINA",
        status=409,
        expects=problem("wrong-order-state"),
        shows=PROBLEM,
    ),
    Step(
        says="A refund cannot be larger than what is left of the payment.",
        asks="POST /orders/$order/refunds",
        body={"amount": "1000.00"},
        user="ADMIN",
        status=409,
        expects=problem("refund-too-large"),
        shows=PROBLEM,
    ),
    Step(
        says="Nobody can order more units than are in stock.",
        asks="POST /orders",
        body={"items": [{"product_id": "$product", "quantity": 50}], "address": ADDRESS},
        user="MINA",
        status=409,
        expects=problem("out-of-stock"),
        shows=PROBLEM,
    ),
    Step(
        says="Mina saw an old price, so the total that she expects is wrong.",
        asks="POST /orders",
        body={
            "items": [{"product_id": "$product", "quantity": 2}],
            "expected_total": "71.80",
            "address": ADDRESS,
        },
        user="MINA",
        status=409,
        expects=problem("price-changed"),
        shows=PROBLEM,
    ),
    Step(
        says="The shop checks every field, and names all errors at once.",
        asks="POST /orders",
        body={"items": [{"product_id": "$product", "quantity": 0}], "colour": "red"},
        user="MINA",
        status=400,
        expects=problem("invalid-input"),
        shows=(*PROBLEM, "errors"),
    ),
    Step(
        says="A change must name the newest version, so that nobody overwrites the change of another admin.",
        asks="DELETE /products/$product",
        headers={"If-Match": '"7"'},
        user="ADMIN",
        status=412,
        expects=problem("precondition-failed"),
        shows=PROBLEM,
    ),
    Step(
        says="With the newest version, the admin takes the kettle off sale.",
        asks="DELETE /products/$product",
        headers={"If-Match": '"$version"'},
        user="ADMIN",
        status=204,
    ),
)
