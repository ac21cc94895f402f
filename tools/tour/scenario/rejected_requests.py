"""Requests that the shop rejects, with their errors."""

from tools.demo.data import CUSTOMER_EMAIL, CUSTOMER_PASSWORD
from tools.tour.scenario.sample_values import ADDRESS, PROBLEM, SESSION, problem
from tools.tour.step import Step

REJECTED_REQUESTS = (
    Step(
        chapter="Rejected requests",
        text="Nobody can see orders without a token.",
        request="GET /orders",
        status=401,
        shown=PROBLEM,
    ),
    Step(
        text="Casey, another customer, logs in …",
        request="POST /users/login",
        body={"email": CUSTOMER_EMAIL, "password": CUSTOMER_PASSWORD},
        logs_in="CASEY",
        shown=SESSION,
    ),
    Step(
        text="… and asks for Mina's order. The answer is a 404, so nobody learns which orders exist.",
        request="GET /orders/$order",
        user="CASEY",
        status=404,
        expected=problem("not-found"),
        shown=PROBLEM,
    ),
    Step(
        text="Casey may not change the catalogue either.",
        request="POST /products",
        body={"name": "Free lunch", "price": "0.00", "stock": 1},
        user="CASEY",
        status=403,
        expected=problem("forbidden"),
        shown=PROBLEM,
    ),
    Step(
        text="A delivered order cannot be cancelled.",
        request="POST /orders/$order/cancel",
        user="MINA",
        status=409,
        expected=problem("wrong-order-state"),
        shown=PROBLEM,
    ),
    Step(
        text="A refund cannot be larger than what is left of the payment.",
        request="POST /orders/$order/refunds",
        body={"amount": "1000.00"},
        user="ADMIN",
        status=409,
        expected=problem("refund-too-large"),
        shown=PROBLEM,
    ),
    Step(
        text="Nobody can order more units than are in stock.",
        request="POST /orders",
        body={"items": [{"product_id": "$product", "quantity": 50}], "address": ADDRESS},
        user="MINA",
        status=409,
        expected=problem("out-of-stock"),
        shown=PROBLEM,
    ),
    Step(
        text="Mina saw an old price, so the total that she expects is wrong.",
        request="POST /orders",
        body={
            "items": [{"product_id": "$product", "quantity": 2}],
            "expected_total": "71.80",
            "address": ADDRESS,
        },
        user="MINA",
        status=409,
        expected=problem("price-changed"),
        shown=PROBLEM,
    ),
    Step(
        text="The shop checks every field, and names all errors at once.",
        request="POST /orders",
        body={"items": [{"product_id": "$product", "quantity": 0}], "colour": "red"},
        user="MINA",
        status=400,
        expected=problem("invalid-input"),
        shown=(*PROBLEM, "errors"),
    ),
    Step(
        text="A change must name the newest version, so that nobody overwrites the change of another admin.",
        request="DELETE /products/$product",
        headers={"If-Match": '"7"'},
        user="ADMIN",
        status=412,
        expected=problem("precondition-failed"),
        shown=PROBLEM,
    ),
    Step(
        text="With the newest version, the admin takes the kettle off sale.",
        request="DELETE /products/$product",
        headers={"If-Match": '"$version"'},
        user="ADMIN",
        status=204,
    ),
)
