"""A function loads only the packages that its work needs. `make bench-quick` has the budgets of cold starts.

What it needs follows from its rights and from the body that its operation takes.
"""

import functools

from tests.benchmarks.function_kinds import asks_a_provider
from tests.support.api_description import operations
from tests.support.functions import NAMES
from tests.support.loaded_modules import Loaded, loaded_by, loaded_by_all
from tests.support.privileges import rights_by_function

# Checks the signature over the raw bytes, so it parses no model.
_RAW_BODY = {"payments/stripe_webhook"}
_RIGHTS = rights_by_function()
_SIGN_IN = {"rds-db:connect", "elasticache:Connect", "secretsmanager:GetSecretValue"}
_BODIES = {each.name for each in operations() if "requestBody" in each.description}

_MAY_LOAD_BOTO3 = {name for name, rights in _RIGHTS.items() if rights.keys() - _SIGN_IN}
_ASK_A_PROVIDER = asks_a_provider()
_PARSE_A_BODY = {name for name in NAMES if name.rpartition("/")[2] in _BODIES} - _RAW_BODY


@functools.cache
def _loaded() -> dict[str, Loaded]:
    return {loaded.function: loaded for loaded in loaded_by_all()}


def _loading(*packages: str) -> set[str]:
    """The functions that load one of these packages."""
    return {name for name, loaded in _loaded().items() if loaded.packages & set(packages)}


def test_every_function_has_rights() -> None:
    assert sorted(_RIGHTS) == NAMES


def test_authorizer_loads_only_its_connection() -> None:
    assert _loaded()["gateway/authorizer"].packages == {"hiredis"}


def test_cached_read_loads_neither_database_client_nor_models() -> None:
    assert _loaded()["products/get_product"].packages == {"hiredis", "powertools"}


def test_only_functions_with_other_rights_than_signing_in_load_boto3() -> None:
    assert _loading("boto3", "botocore") - _MAY_LOAD_BOTO3 == set()


def test_only_functions_that_ask_a_payment_provider_load_its_client() -> None:
    assert _loading("stripe") == _ASK_A_PROVIDER


def test_no_function_loads_requests() -> None:
    assert _loading("requests") == set()


def test_no_function_loads_the_providers_client_before_it_asks() -> None:
    ready = {name: loaded_by(name, asking=False).packages for name in _ASK_A_PROVIDER}

    assert {name for name, packages in ready.items() if "stripe" in packages} == set()


def test_only_functions_that_parse_a_body_load_pydantic() -> None:
    assert _loading("pydantic") - _PARSE_A_BODY == set()


def test_only_functions_that_set_a_password_load_the_rules_for_new_ones() -> None:
    rules = "microshop.users.password_blocklist"

    assert {name for name, loaded in _loaded().items() if rules in loaded.modules} == {
        "users/register",
        "users/change_password",
        "users/reset_password",
        "backoffice/staff_invitations/accept_invitation",
    }


def test_only_other_packages_load_dataclasses() -> None:
    assert _loading("dataclasses") - _loading("boto3", "pydantic", "stripe") == set()


def test_no_function_loads_redis_py() -> None:
    assert _loading("redis-py") == set()
