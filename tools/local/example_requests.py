"""Example requests to the shop, for the terminal and the start page."""

from tools.demo.data import CUSTOMER_EMAIL, CUSTOMER_PASSWORD


def example_requests(url: str) -> str:
    """Returns shell commands, one a line. The last one has two lines. The API is at `url`."""
    return f"""curl '{url}/api/v1/products?q=coffee&limit=3'
curl {url}/api/v1/users/login -H 'Content-Type: application/json' \\
     -d '{{"email": "{CUSTOMER_EMAIL}", "password": "{CUSTOMER_PASSWORD}"}}'"""
