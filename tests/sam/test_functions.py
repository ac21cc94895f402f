"""Every function with its sample event, by `sam local invoke`, on real servers."""

from __future__ import annotations

import json
import os
from copy import replace
from typing import TYPE_CHECKING, Any

import pytest
import requests

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from tests.support.admin_server import server_with_admin
from tests.support.api_description import operation, operations
from tests.support.functions import ROOT
from tests.support.sam_world import ADAS_ID, ADMINS_ID, World
from tests.support.templates import file_of, inventory
from tools.local.events import resources
from tools.local.stripe.registration import register
from tools.sam_local.bridge import AWS_PORT
from tools.sam_local.command import sam
from tools.sam_local.command_lines import CommandLines
from tools.sam_local.functions import EVERYTHING, SamFunction, functions, sample
from tools.templates.inventory import read_inventory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from microshop.platform.settings import ServerAddress
    from tests.sam.conftest import Lock
    from tests.support.servers import DatabaseUrls, ServerUrls
    from tools.sam_local.bridge import Bridge

type Prepare = Callable[[World], object]


def _pending(world: World) -> None:
    world.add_order()


def _confirmed(world: World) -> None:
    world.add_order(until="confirmed")


def _shipped(world: World) -> None:
    world.add_order(until="shipped")


def _returned(world: World) -> None:
    world.add_order(until="returned")


def _adas(world: World) -> None:
    world.add_order(of=ADAS_ID)


def _factor_of_ada(world: World) -> None:
    world.add_second_factor(ADAS_ID)


def _factor_of_admin(world: World) -> None:
    world.add_second_factor(ADMINS_ID)


# The data that a function needs besides users and products.
_GIVEN: dict[str, Prepare] = {
    "add_order_note": _pending,
    "authorizer": World.add_session,
    "cancel_order": _pending,
    "change_address": World.add_address,
    "change_role": World.add_role,
    "confirm_order": _pending,
    "correct_shipment": _shipped,
    "delete_address": World.add_address,
    "delete_role": World.add_role,
    "get_order": _confirmed,
    "get_order_history": _pending,
    "get_payments": _confirmed,
    "list_order_notes": _pending,
    "refund_order": _confirmed,
    "relay_outbox": _pending,
    "remove_second_factor": _factor_of_admin,
    "reset_second_factor": _factor_of_ada,
    "revoke_api_key": World.add_key,
    "set_order_status": _confirmed,
    "settle_return": _returned,
    "start_payment": _adas,
}
# Samples that are refused, and why; all others succeed with a status of docs/openapi.yaml.
_REFUSED = {
    "accept_invitation": (409, "invalid-link"),  # tokens are random
    "add_variant": (404, "not-found"),
    "begin_second_factor": (503, "unavailable"),  # the stand-in for AWS does not have the key of the template
    "cancel_erasure": (404, "not-found"),  # nobody has asked
    "add_category": (400, "invalid-input"),  # there is no parent
    "change_category": (404, "not-found"),
    "delete_category": (404, "not-found"),
    "get_category": (404, "not-found"),
    "move_category": (404, "not-found"),
    "change_email": (409, "invalid-link"),
    "confirm_second_factor": (409, "not-enrolled"),  # codes are random
    "end_session": (404, "not-found"),  # ids are random
    "create_listing": (400, "invalid-input"),  # the category does not exist
    "get_listing": (404, "not-found"),
    "get_dead_letter": (404, "not-found"),  # the queue is empty
    "get_managed_listing": (404, "not-found"),
    "request_data_export": (403, "wrong-password"),
    "request_email_change": (403, "wrong-password"),
    "request_erasure": (403, "wrong-password"),
    "reset_password": (409, "invalid-link"),
    "restore_variant": (409, "version-conflict"),
    "revoke_invitation": (404, "not-found"),
    "set_listing_state": (404, "not-found"),
    "stripe_webhook": (400, "invalid-webhook"),  # its signature is too old
    "update_listing": (404, "not-found"),
    "update_variant": (400, "invalid-input"),  # the pictures belong to the listing
    "verify_email": (409, "invalid-link"),
    "verify_second_factor": (409, "not-enrolled"),
}


def _is_refused(answer: Any) -> bool:
    return bool(answer["mistake"]["kind"] == "InvalidInput")


_ENDPOINTS = {each.name for each in operations()}
_CONSUMERS = {file_of(source.function) for source in inventory().event_sources}
# Functions whose answer has its own check; `_check` has one for each other kind.
_ANSWERS: dict[str, Callable[[Any], object]] = {
    "authorizer": lambda answer: answer["policyDocument"]["Statement"][0]["Effect"] == "Allow",
    "check_inbox": lambda answer: answer == {"events": {}},
    "dead_letters": lambda answer: (answer["redriven"], answer["complete"]) == (0, True),
    "end_sessions": lambda answer: answer["user_id"] == 2,
    "erase_accounts": lambda answer: set(answer.values()) == {0},
    "expire_unpaid": lambda answer: answer == {"expired": 0, "failed": 0, "left": 0},
    "grant_admin": lambda answer: answer["user_id"] == 2,
    "measure_active_users": lambda answer: answer["active_users"] == 0,
    "migrate": lambda answer: answer["applied"] == [],
    "prepare_database": lambda answer: answer == {"users": ["microshop_app", "microshop_migrations"], "revoked": []},
    "probe_health": lambda answer: answer["up"] is False,  # no server has the address of the sample
    "purge_expired": lambda answer: set(answer.values()) == {0},
    "reconcile": lambda answer: answer["disagreements"] == 0,
    "refresh_listings": lambda answer: answer["indexed"] == 0,
    "relay_outbox": lambda answer: answer == {"published": 1, "failed": 0},
    "replay_erasures": lambda answer: answer == {"tombstones": 0, "erased": 0, "complete": True},
    # The sample's hour is refused once it is older than the consumers' inboxes.
    "replay_events": lambda answer: answer.get("queues") == ["CustomerMail"] or _is_refused(answer),
    "resolve_payments": lambda answer: set(answer.values()) <= {0},
    "set_read_only": lambda answer: answer["read_only"] is True,
    "write_data_exports": lambda answer: answer == {},
}


@pytest.fixture(scope="module")
def servers(server_urls: ServerUrls, database_urls: DatabaseUrls, redis_url: str) -> ServerUrls:
    """This worker's database and Redis, with the shared stand-ins for AWS and Stripe."""
    return replace(
        server_urls,
        database=database_urls.application,
        migration_database=database_urls.migrations,
        redis=redis_url,
    )


@pytest.fixture(scope="module")
def world(servers: ServerUrls) -> Iterator[World]:
    """The shop on these servers."""
    database = Database(database_address(servers.database))
    redis = Redis(redis_address(servers.redis))
    yield World(database, redis)
    database.close()
    redis.close()


@pytest.fixture(scope="module")
def admin(servers: ServerUrls) -> Iterator[ServerAddress]:
    """The admin of a separate database server: the password of the shared server's admin is not known."""
    with server_with_admin(servers.database) as address:
        yield address


@pytest.fixture(scope="module")
def lines(
    built: Path,
    bridge: Bridge,
    servers: ServerUrls,
    *,
    admin: ServerAddress,
    exclusive: Callable[[], Lock],
    tmp_path_factory: pytest.TempPathFactory,
) -> CommandLines:
    """Command lines that invoke functions on this worker's servers."""
    folder = tmp_path_factory.mktemp("sam")
    assert servers.stripe is not None
    with exclusive():  # all workers share one AWS
        stripe = register(servers.stripe, folder, servers.aws_endpoint)
    reached = {
        "DatabaseUrl": bridge.forward(servers.database),
        "MigrationDatabaseUrl": bridge.forward(servers.migration_database),
        "DatabaseAdminSecretArn": _secret_of(admin, servers.aws_endpoint),
        "RedisUrl": bridge.forward(servers.redis),
        "StripeApiUrl": bridge.forward(servers.stripe),
        "StripeSecretArn": stripe.secret_arn,
    }
    aws = bridge.forward(servers.aws_endpoint, AWS_PORT)
    to_admin = {
        name: bridge.forward(f"mysql://{user}:secret@{admin.host}:{admin.port}/microshop")
        for name, user in (("DatabaseUrl", "microshop_app"), ("MigrationDatabaseUrl", "microshop_migrations"))
    }
    every, beside_admin = (
        read_inventory(
            ROOT / "template.yaml",
            parameters=EVERYTHING | reached | others,
            aws_endpoint_url=aws,
        )
        for others in ({}, to_admin)
    )
    with exclusive():
        resources.create(every, servers.aws_endpoint)
    [preparing] = [name for name, each in every.functions.items() if each.logical_id == "PrepareDatabaseFunction"]
    prepared = {**every.functions, preparing: beside_admin.functions[preparing]}
    return CommandLines(built, folder, replace(every, functions=prepared), bridge)


def _secret_of(admin: ServerAddress, aws_endpoint: str) -> str:
    value = json.dumps({"username": admin.user, "password": admin.password})
    resources.ensure_secret(f"microshop-sam-admin-{os.getpid()}", value, aws_endpoint)
    return resources.secret_arn(f"microshop-sam-admin-{os.getpid()}")


def test_every_expectation_is_about_an_existing_function() -> None:
    assert _ANSWERS.keys() | _GIVEN.keys() | _REFUSED.keys() <= {each.event for each in functions()}


@pytest.mark.parametrize("function", functions(), ids=str)
def test_a_function_answers_its_sample_event(function: SamFunction, lines: CommandLines, world: World) -> None:
    world.reset()
    _GIVEN.get(function.event, World.add_nothing)(world)

    answer = _invoke(lines, function)

    _check(function.event, answer)


def _invoke(lines: CommandLines, function: SamFunction) -> Any:
    """The function's answer to its sample event."""
    done = sam(*lines.invoke(function, sample(function)))
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.strip().splitlines()[-1])


def _check(event: str, answer: Any) -> None:
    if event in _REFUSED:
        status, kind = _REFUSED[event]
        problem = json.loads(answer["body"])
        assert (answer["statusCode"], problem["type"].rpartition(":")[2]) == (status, kind), answer
    elif event in _ANSWERS:
        assert _ANSWERS[event](answer), answer
    elif event in _ENDPOINTS:
        assert str(answer["statusCode"]) in operation(event).description["responses"], answer
        assert 200 <= answer["statusCode"] < 300, answer
    elif event in _CONSUMERS:
        assert answer == {"batchItemFailures": []}, answer
    else:
        assert "errorType" not in (answer or {}), answer


def test_an_export_can_be_downloaded_from_its_url(lines: CommandLines, world: World) -> None:
    world.reset()
    [export] = [function for function in functions() if function.event == "create_export"]

    answer = _invoke(lines, export)

    downloaded = requests.get(json.loads(answer["body"])["url"], timeout=30)
    assert downloaded.status_code == 200
    assert '"order_number"' in downloaded.text.splitlines()[0]
