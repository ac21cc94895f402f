"""HEAD, and compressed answers, for proxies, monitors and browsers."""

import zlib
from http.client import HTTPConnection, HTTPMessage
from urllib.parse import urlsplit

import pytest

from tests.support.api_description import operations
from tests.support.shop import Customer, Shop

PUBLIC_READS = ["/products", "/products/1", "/products/categories", "/health"]
WITHOUT_PUBLIC_READ = sorted(
    {found.path.removeprefix("/api/v1").replace("{id}", "1") for found in operations()} - set(PUBLIC_READS)
)
# API Gateway's own, of the moment or of the one answer.
_OF_THE_REQUEST = {"x-request-id", "x-amzn-requestid", "x-amz-apigw-id", "x-amzn-trace-id", "date"}


@pytest.mark.parametrize("path", [*PUBLIC_READS, "/products?limit=x", "/products/4611686018427387904", "/products/x"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_head_answers_as_get_does_without_the_body(shop: Shop, path: str, coding: str) -> None:
    answers = [_exchange(shop, method, path, {"Accept-Encoding": coding}) for method in ("GET", "HEAD")]

    (get_status, get_headers, body), (head_status, head_headers, nothing) = answers
    assert (head_status, _lasting(head_headers)) == (get_status, _lasting(get_headers))
    assert (int(head_headers["Content-Length"]), nothing) == (len(body), b"")


def test_head_answers_304_if_the_client_has_the_product(shop: Shop) -> None:
    _, headers, _ = _exchange(shop, "HEAD", "/products/1", {})

    assert _exchange(shop, "HEAD", "/products/1", {"If-None-Match": headers["ETag"]})[0] == 304


@pytest.mark.parametrize("path", WITHOUT_PUBLIC_READ)
def test_head_is_404_where_there_is_no_public_read(shop: Shop, customer: Customer, path: str) -> None:
    assert _exchange(shop, "HEAD", path, customer.authorization)[0] == 404


@pytest.mark.parametrize(("coding", "bits"), [("gzip", 31), ("deflate", 15)])
def test_a_list_of_100_products_is_a_quarter_as_long_when_compressed(shop: Shop, coding: str, bits: int) -> None:
    _, plain_headers, plain = _exchange(shop, "GET", "/products?limit=100", {})
    _, headers, short = _exchange(shop, "GET", "/products?limit=100", {"Accept-Encoding": coding})

    assert (plain_headers["Content-Encoding"], headers["Content-Encoding"]) == (None, coding)
    assert "Accept-Encoding" in headers["Vary"]
    assert zlib.decompress(short, wbits=bits) == plain
    assert len(short) < len(plain) / 4


def test_compression_changes_neither_etag_nor_304(shop: Shop) -> None:
    tags = {
        _exchange(shop, "GET", "/products/1", {"Accept-Encoding": each})[1]["ETag"] for each in ("gzip", "identity")
    }

    [tag] = tags
    assert _exchange(shop, "GET", "/products/1", {"Accept-Encoding": "gzip", "If-None-Match": tag})[0] == 304


def test_an_answer_of_a_few_bytes_is_not_compressed(shop: Shop) -> None:
    _, headers, body = _exchange(shop, "GET", "/health", {"Accept-Encoding": "gzip"})

    assert headers["Content-Encoding"] is None
    assert int(headers["Content-Length"]) == len(body)


def _exchange(shop: Shop, method: str, path: str, headers: dict[str, str]) -> tuple[int, HTTPMessage, bytes]:
    connection = HTTPConnection(urlsplit(shop.url).netloc, timeout=60)
    try:
        connection.request(method, f"/api/v1{path}", headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


def _lasting(headers: HTTPMessage) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in _OF_THE_REQUEST}
