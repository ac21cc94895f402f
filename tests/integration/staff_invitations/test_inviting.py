"""Invitations: who may make them, one at a time for an address, and what of them is recorded."""

import json

import pytest

from microshop.errors import Forbidden, InvalidInput, InvalidLink, NotFound
from microshop.idempotency.key import idempotency_key
from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.scopes import MANAGE_STAFF, READ_ORDERS, REFUND
from microshop.staff.granting import change_roles
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.staff_errors import AlreadyInvited, NotGrantable
from microshop.staff_invitations.inviting import revoke_invitation
from microshop.staff_invitations.queries import InvitationQueries
from microshop.staff_invitations.unit_of_work import InvitingUnitOfWork
from microshop.users.sessions import Sessions
from tests.integration.conftest import Connect, ConnectRedis
from tests.support.audit_rows import AuditRows
from tests.support.builders import a_caller
from tests.support.invitations import Invitations
from tests.support.records import count
from tests.support.threads import at_once

_OWNER, _PACKER, _ACCOUNTANT = 1, 3, 5


@pytest.fixture
def shop(database: Database, redis: Redis) -> Invitations:
    return Invitations(database, redis)


def test_open_invitations_are_listed_with_who_invited(shop: Invitations) -> None:
    ada = shop.owner("ada")
    first, second = shop.invite(ada, "pat", _PACKER, _ACCOUNTANT), shop.invite(ada, "kim", _PACKER)

    listed = InvitationQueries(shop.database).newest_open()

    assert [(each.id, each.email, each.invited_by, each.inviter) for each in listed] == [
        (second, "kim@example.com", ada.user_id, "ada"),
        (first, "pat@example.com", ada.user_id, "ada"),
    ]
    assert [role.name for role in listed[1].roles] == ["packer", "accountant"]
    assert listed[1] == InvitationQueries(shop.database).by_id(first)


def test_ended_invitations_are_not_listed(shop: Invitations) -> None:
    ada, queries = shop.owner("ada"), InvitationQueries(shop.database)
    for name in ("pat", "kim", "lee"):
        shop.invite(ada, name, _PACKER)
    _, kim, pat = (each.id for each in queries.newest_open())
    shop.accept(shop.link(pat, "pat"), username="Pat")
    revoke_invitation(ada, kim, InvitingUnitOfWork(shop.database))
    shop.database.execute("UPDATE staff_invitations SET expires_at = NOW(6) WHERE email = 'lee@example.com'")

    assert queries.newest_open() == []


def test_nobody_offers_rights_that_they_lack(shop: Invitations) -> None:
    ada, bea = shop.owner("ada"), shop.account("bea")
    shop.database.execute("INSERT INTO roles (id, name, created_at, updated_at) VALUES (9, 'hr', NOW(6), NOW(6))")
    for scope in (MANAGE_STAFF, READ_ORDERS):
        shop.database.execute("INSERT INTO role_scopes VALUES (9, %(scope)s)", {"scope": scope})
    change_roles(ada, bea, {9}, Sessions(shop.redis), StaffUnitOfWork(shop.database, shop.redis))
    hr = a_caller(user_id=bea, scopes=frozenset({MANAGE_STAFF, READ_ORDERS}))

    with pytest.raises(NotGrantable, match=REFUND):
        shop.invite(hr, "pat", _ACCOUNTANT)
    with pytest.raises(NotGrantable):
        shop.invite(hr, "pat", _OWNER)
    with pytest.raises(InvalidInput, match="role_ids"):
        shop.invite(ada, "pat", 77)
    with pytest.raises(Forbidden):  # no role at all in the database
        shop.invite(a_caller(user_id=shop.account("cleo"), scopes=ada.scopes), "pat", _PACKER)

    assert count(shop.database, "staff_invitations") == 0
    assert count(shop.database, "outbox") == 0


def test_address_has_one_open_invitation(shop: Invitations) -> None:
    ada = shop.owner("ada")
    first = shop.invite(ada, "pat", _PACKER)

    with pytest.raises(AlreadyInvited):
        shop.invite(ada, "pat", _ACCOUNTANT)
    revoke_invitation(ada, first, InvitingUnitOfWork(shop.database))
    second = shop.invite(ada, "pat", _PACKER)
    shop.database.execute("UPDATE staff_invitations SET expires_at = NOW(6) WHERE id = %(id)s", {"id": second})
    third = shop.invite(ada, "pat", _PACKER)

    assert [each.id for each in InvitationQueries(shop.database).newest_open()] == [third]


def test_simultaneous_invitations_of_an_address_leave_one(
    shop: Invitations, connect: Connect, connect_redis: ConnectRedis
) -> None:
    ada = shop.owner("ada")
    shops = [Invitations(connect(), connect_redis()) for _ in range(4)]

    outcomes = at_once(4, lambda number: shops[number].invite(ada, "pat", _PACKER))

    assert sorted(type(each).__name__ for each in outcomes) == ["AlreadyInvited"] * 3 + ["int"]


def test_repeated_request_invites_once_and_stores_no_address(shop: Invitations) -> None:
    ada = shop.owner("ada")
    key = idempotency_key(ada.user_id, ["k"], "POST /api/v1/admin/staff-invitations", {})

    invitations = {shop.invite(ada, "pat", _PACKER, key=key) for _ in range(2)}

    assert len(invitations) == 1
    [stored] = shop.database.rows("SELECT answer FROM idempotency_keys")
    assert stored["answer"] == f'{{"invitation_id": {invitations.pop()}}}'


def test_event_and_audit_row_have_neither_the_address_nor_a_token(shop: Invitations) -> None:
    ada, rows = shop.owner("ada"), AuditRows(shop.database)

    invitation_id = shop.invite(ada, "pat", _PACKER)

    [event] = shop.database.rows("SELECT type, detail FROM outbox")
    assert event["type"] == "StaffInvited"
    assert json.loads(event["detail"])["data"] == {"invitation_id": invitation_id, "language": "en"}
    [row] = rows.take()
    assert (row["action"], row["entity_id"], row["user_id"]) == ("staff.invite", invitation_id, ada.user_id)
    assert row["changes"] == {"email": None, "role_ids": [None, [_PACKER]]}


def test_revoked_invitation_ends_with_its_links(shop: Invitations) -> None:
    ada, uow = shop.owner("ada"), InvitingUnitOfWork(shop.database)
    invitation_id = shop.invite(ada, "pat", _PACKER)
    before, rows = shop.link(invitation_id, "pat"), AuditRows(shop.database)

    revoke_invitation(ada, invitation_id, uow)

    with pytest.raises(NotFound):
        revoke_invitation(ada, invitation_id, uow)
    late = shop.link(invitation_id, "pat")  # by a consumer that read the invitation before
    for token in (before, late):
        with pytest.raises(InvalidLink):
            shop.accept(token, username="Pat")
    [row] = rows.take()
    assert (row["action"], row["entity"], row["entity_id"]) == (
        "staff.revoke_invitation",
        "staff_invitation",
        invitation_id,
    )


def test_deleted_role_is_no_longer_offered(shop: Invitations) -> None:
    ada = shop.owner("ada")
    shop.database.execute("INSERT INTO roles (id, name, created_at, updated_at) VALUES (9, 'hr', NOW(6), NOW(6))")
    token = shop.invited(ada, "pat", 9)

    shop.database.execute("DELETE FROM roles WHERE id = 9")

    with pytest.raises(InvalidLink):
        shop.accept(token, username="Pat")
