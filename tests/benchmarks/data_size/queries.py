"""All measured queries. A test compares them with the query classes of the product."""

from tests.benchmarks.data_size.audit_queries import AUDIT_QUERIES
from tests.benchmarks.data_size.category_queries import CATEGORY_QUERIES
from tests.benchmarks.data_size.customer_queries import CUSTOMER_QUERIES
from tests.benchmarks.data_size.list_requests import LIST_REQUESTS
from tests.benchmarks.data_size.listing_queries import LISTING_QUERIES
from tests.benchmarks.data_size.order_queries import ORDER_QUERIES
from tests.benchmarks.data_size.payment_queries import PAYMENT_QUERIES
from tests.benchmarks.data_size.person_queries import PERSON_QUERIES
from tests.benchmarks.data_size.product_queries import PRODUCT_QUERIES
from tests.benchmarks.data_size.schedule_queries import SCHEDULE_QUERIES, USER_QUERIES
from tests.benchmarks.data_size.search_queries import SEARCH_QUERIES

QUERIES = (
    *PRODUCT_QUERIES,
    *LISTING_QUERIES,
    *LIST_REQUESTS,
    *SEARCH_QUERIES,
    *CATEGORY_QUERIES,
    *ORDER_QUERIES,
    *PAYMENT_QUERIES,
    *SCHEDULE_QUERIES,
    *USER_QUERIES,
    *CUSTOMER_QUERIES,
    *AUDIT_QUERIES,
    *PERSON_QUERIES,
)
