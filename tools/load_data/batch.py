"""Statements that compute a batch of orders and their lines, in tables of their own from which the others read."""

from tools.load_data.courses import COURSES, Age
from tools.load_data.sql import constants, digest, fraction

_MAX_LINES = 5


def _course() -> str:
    """Returns the number of an order's course, from its age and a fraction."""
    ages = []
    for age in sorted(Age):
        weights = [(number, course.weights[age]) for number, course in enumerate(COURSES) if age in course.weights]
        total, below, choices = sum(weight for _, weight in weights), 0, []
        for number, weight in weights:
            below += weight
            choices.append(f"WHEN {fraction('a', 0)} < {below / total} THEN {number}")
        ages.append(f"WHEN age_hours < {age.value} THEN CASE {' '.join(choices)} ELSE {weights[-1][0]} END")
    return f"CASE {' '.join(ages)} END"


COURSE_TABLE = constants(
    (
        "course", "payment_method", "status", "payment_status", "version", "ends_after", "shipped", "paid_after",
        "refunded", "refunded_after", "dispute", "disputed_after", "closed_after", "restocked", "written_off",
    ),
    (
        (
            number, course.payment_method, course.end.status, course.end.payment_status, len(course.steps),
            course.end.after, any(step.action == "shipped" for step in course.steps), course.paid_after,
            course.refunded, course.refunded_after, course.dispute or None, course.disputed_after,
            course.closed_after, course.restocked, course.written_off,
        )
        for number, course in enumerate(COURSES)
    ),
)  # fmt: skip
STEP_TABLE = constants(
    ("course", "version", "action", "status", "payment_status", "actor", "after_seconds", "note"),
    (
        (number, version, step.action, step.status, step.payment_status, step.actor, step.after, step.note)
        for number, course in enumerate(COURSES)
        for version, step in enumerate(course.steps, 1)
    ),
)


def after(seconds: str) -> str:
    return f"load_data_orders.placed_at + INTERVAL FLOOR({seconds} * load_data_orders.pace * 1000000) MICROSECOND"


COMPUTE_ORDERS = f"""
INSERT INTO load_data_orders (id, number, placed_at, course, user_id, pace, line_count, a, b)
SELECT milliseconds * 4096 + MOD(%(run)s, 4096),
       number,
       %(epoch)s + INTERVAL milliseconds * 1000 + 500 MICROSECOND,
       {_course()},
       %(customers_first_id)s + FLOOR(POW({fraction("a", 1)}, 1.5) * %(customers)s),
       0.5 + {fraction("a", 2)},
       CASE WHEN {fraction("a", 3)} < 0.45 THEN 1 WHEN {fraction("a", 3)} < 0.75 THEN 2
            WHEN {fraction("a", 3)} < 0.9 THEN 3 WHEN {fraction("a", 3)} < 0.97 THEN 4 ELSE {_MAX_LINES} END,
       a,
       b
FROM (
    SELECT number, {digest("number", "order")} AS a, {digest("number", "line")} AS b, milliseconds,
           (%(ends_ms)s - milliseconds) / 3600000 AS age_hours
    FROM (
        SELECT %(first)s + n AS number,
               FLOOR(%(begins_ms)s + (%(first)s + n - %(from)s + 0.5) * (%(ends_ms)s - %(begins_ms)s)
                     / (%(to)s - %(from)s)) AS milliseconds
        FROM load_data_numbers
        WHERE n < %(count)s
    ) AS numbers
) AS digests
"""
# IGNORE: two lines of an order may draw the same product, and the second one is left out.
COMPUTE_LINES = f"""
INSERT IGNORE INTO load_data_lines (order_id, product_id, position, sku, name, unit_price_minor, quantity)
SELECT drawn.order_id, products.id, drawn.position, products.sku, products.name, products.price_minor, drawn.quantity
FROM (
    SELECT load_data_orders.id AS order_id, positions.position,
           %(catalogue_first_id)s + FLOOR(POW(CASE positions.position {
    " ".join(f"WHEN {n} THEN {fraction('load_data_orders.b', n)}" for n in range(_MAX_LINES))
} END, 2) * %(catalogue_products)s) AS product_id,
           1 + MOD(load_data_orders.number * 7 + positions.position * 3, 10) DIV 7 AS quantity
    FROM load_data_orders
    JOIN {constants(("position",), ((n,) for n in range(_MAX_LINES)))} AS positions
        ON positions.position < load_data_orders.line_count
) AS drawn
JOIN products ON products.id = drawn.product_id
"""
