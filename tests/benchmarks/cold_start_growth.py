"""Functions whose cold start may be more expensive than in the previous release."""

# Function → why it may be more than 2 % more expensive than in the previous release. Empty after each release.
DECLARED_GROWTH: dict[str, str] = {
    "gateway/authorizer": "knows the scopes of staff and API keys, and counts requests against limits",
    "operator/end_sessions": "writes an audit row",
    "operator/grant_admin": "gives a role with scopes and writes an audit row",
    "schedules/purge_expired": "also purges links of mails, exports of personal data and failed logins",
    "deployment/migrate": "grants the privileges of each table",
    "users/log_in": "reads roles and the second factor, and limits the attempts of each client",
    "users/change_password": "ends links and notifies the owner by mail",
    "users/log_out": "the shared code of endpoints knows limits of requests and languages",
    "users/update_profile": "the shared code of endpoints knows limits of requests and languages",
    "users/register": "sends a link that verifies the address",
    "products/get_product": "the responses of the catalogue may depend on the language",
    "products/list_categories": "the responses of the catalogue may depend on the language",
    "products/list_products": "searches the index of listings",
    "products/create_product": "writes the listing of the product, its shelves and its search entries",
    "products/update_product": "writes the listing of the product, its shelves and its search entries",
    "products/archive_product": "writes the listing of the product, its shelves and its search entries",
    "consumers/refresh_product_cache": "reads the listings of products from the database",
}
