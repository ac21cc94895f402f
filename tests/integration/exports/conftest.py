"""Functions and orders for exports, and a bucket in the stand-in for S3."""

import json
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from microshop.caller import Caller
from microshop.orders.order import Order
from microshop.platform import aws
from microshop.platform.mysql import Database
from microshop.scopes import EVERYTHING
from tests.support.builders import NOON, a_caller, an_api_event, an_execution
from tests.support.catalogue import put_on_sale
from tests.support.exported_files import RequestExport
from tests.support.functions import forget_connections, load_function
from tests.support.order_builders import a_line, a_new_order
from tests.support.orders import a_customer
from tests.support.payment_rows import delete_payments
from tools.local.events import resources

type OrderAt = Callable[..., Order]


@pytest.fixture
def request_export(
    database: Database, database_url: str, aws_endpoint_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RequestExport]:
    """Requests an export from the function, which has its own bucket."""
    bucket = f"exports-{uuid.uuid4()}"
    place = {"LocationConstraint": "eu-central-1"}
    resources.client("s3", aws_endpoint_url).create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    for name, value in {
        "DATABASE_URL": database_url,
        "AWS_ENDPOINT_URL": aws_endpoint_url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "EXPORT_BUCKET_NAME": bucket,
        "POWERTOOLS_SERVICE_NAME": "microshop",
        "POWERTOOLS_METRICS_NAMESPACE": "microshop",
    }.items():
        monkeypatch.setenv(name, value)
    forget_connections()
    aws.simple_storage_service.cache_clear()
    handler = load_function("exports/create_export").handler

    def request(caller: Caller | None = None, **body: str) -> dict[str, Any]:
        event = an_api_event(
            method="POST", route="/api/v1/exports", body=body, caller=caller or a_caller(scopes=EVERYTHING)
        )
        answer: dict[str, Any] = handler(event, an_execution())
        return {"status": answer["statusCode"], "headers": answer["headers"], **json.loads(answer["body"])}

    yield request
    forget_connections()
    aws.simple_storage_service.cache_clear()


@pytest.fixture
def ledger(database: Database) -> Iterator[Database]:
    """For payments that do not match their orders: they are deleted before the books are compared."""
    yield database
    delete_payments(database)


@pytest.fixture
def order_at(database: Database) -> OrderAt:
    """Makes an order of the same customer, placed at the given time."""
    customer, product_id = a_customer(database), put_on_sale(database, price_minor=1999, stock=100_000)

    def made(at: datetime = NOON, *, quantity: int = 1) -> Order:
        return a_new_order(a_line(product_id=product_id, quantity=quantity), user_id=customer.user_id, now=at)

    return made
