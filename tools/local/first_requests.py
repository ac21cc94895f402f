"""The first requests to a new shop, for the terminal and the start page."""

from tools.demo.data import CUSTOMER_EMAIL, CUSTOMER_PASSWORD


def first_requests(url: str) -> str:
    """Returns commands for a shell, one a line; the last one is continued. The API is at `url`."""
    return f"""curl '{url}/api/v1/products?q=coffee&limit=3'
curl {url}/api/v1/users/login -H 'Content-Type: application/json' \\
     -d '{{"email": "{CUSTOMER_EMAIL}", "password": "{CUSTOMER_PASSWORD}"}}'"""
