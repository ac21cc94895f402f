"""The map of personal data: what becomes of each column, Redis key and S3 object when a person is erased.

A new column is one word in its table, in the line of what becomes of it. Tests compare the map with the schema and with
the access list of Redis. `docs/personal-data.md` is generated from it. Only erasing imports this module.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class Whose(StrEnum):
    """How the rows of a person are found."""

    ACCOUNT = "the account itself"
    USER = "by user_id"
    ORDERS = "of the person's orders"
    PAYMENTS = "of the payments for the person's orders"
    ADDRESS = "by the mail address"
    LINKS = "sent to the mail address, or for the account"
    INVITATIONS = "sent to the mail address, or accepted by the account"
    NOBODY = "not found by person"


class Fate(StrEnum):
    """What becomes of a column of the person's rows."""

    NOT_PERSONAL = "not personal"
    ERASED = "set to NULL"
    REPLACED = "replaced"
    DELETED = "deleted with the row"
    EXPIRES = "deleted soon after"
    KEPT = "kept"


# Reasons to keep, and to wait.
BOOKS = "records of sales"
PSEUDONYM = "number without a person"
ACCOUNTABILITY = "who acted"
TOMBSTONES = "age of the account"
PUBLISHED = "published events"
REASONS: dict[str, str] = {
    BOOKS: "Accounting and tax law require them for up to ten years, such as § 147 AO in Germany (GDPR, Article"
    " 17(3)(b)). The shop deletes no orders.",
    PSEUDONYM: "The number ties records together. Nothing else of the account is left, so it leads to no person.",
    ACCOUNTABILITY: "The number says which member of staff acted (GDPR, Articles 5(2) and 17(3)(e)).",
    TOMBSTONES: "It decides whether a tombstone belongs to the account: a restored database may use a number again.",
    PUBLISHED: "An event contains no address. It is deleted `OutboxRetentionDays` after its publication, 7 by default.",
}

# Values of replaced columns. No account can have ERASED_EMAIL, because it is no mail address.
ERASED_EMAIL = "erased:{user_id}"
ERASED_NAME = "erased"


class Table(Value):
    """What becomes of the columns of a table. Each field lists names of columns, separated by blanks.

    `deleted` means that the person's rows are deleted. `replaced` has what is written instead, `kept` and `expires`
    have a reason of `REASONS`.
    """

    rows: Whose = Whose.NOBODY
    not_personal: str = ""
    erased: str = ""
    deleted: str = ""
    replaced: Mapping[str, str] = {}
    kept: Mapping[str, str] = {}
    expires: Mapping[str, str] = {}

    def fates(self) -> Iterator[tuple[str, Fate, str]]:
        """Yields each column with its fate, and the value or the reason."""
        plain = {Fate.NOT_PERSONAL: self.not_personal, Fate.ERASED: self.erased, Fate.DELETED: self.deleted}
        for fate, names in plain.items():
            yield from ((name, fate, "") for name in names.split())
        explained = {Fate.REPLACED: self.replaced, Fate.EXPIRES: self.expires, Fate.KEPT: self.kept}
        for fate, notes in explained.items():
            yield from ((name, fate, note) for names, note in notes.items() for name in names.split())


TABLES: dict[str, Table] = {
    "users": Table(
        rows=Whose.ACCOUNT,
        not_personal="credentials_version updated_at disabled_at",
        erased="email_verified_at disabled_reason",
        replaced={
            "email": ERASED_EMAIL,
            "username": ERASED_NAME,
            "language": "en",
            "password_hash": "",
            "role": "customer",
        },
        kept={"id": PSEUDONYM, "created_at": TOMBSTONES},
    ),
    "user_roles": Table(rows=Whose.USER, deleted="user_id role_id"),
    "second_factors": Table(rows=Whose.USER, deleted="user_id sealed_secret confirmed_at last_step created_at"),
    "recovery_codes": Table(rows=Whose.USER, deleted="user_id code_hash"),
    "api_keys": Table(
        rows=Whose.USER,
        not_personal="id prefix key_hash created_at expires_at last_used_on revoked_at",
        replaced={"name": ERASED_NAME},
        kept={"user_id": ACCOUNTABILITY},
    ),
    "data_exports": Table(
        rows=Whose.USER,
        deleted="id user_id state object_key attempts next_attempt_at requested_at ready_at expires_at open_user_id",
    ),
    "erasures": Table(not_personal="state asked_at due_at erased_at", kept={"user_id": PSEUDONYM}),
    "idempotency_keys": Table(rows=Whose.USER, deleted="id user_id idempotency_key fingerprint answer created_at"),
    "mail_links": Table(rows=Whose.LINKS, deleted="token_hash purpose subject_id email expires_at"),
    "mail_recipients": Table(rows=Whose.ADDRESS, deleted="id email created_at"),
    "staff_invitations": Table(
        rows=Whose.INVITATIONS,
        deleted="id email invited_by language created_at expires_at accepted_at user_id revoked_at open_email",
    ),
    "addresses": Table(
        rows=Whose.USER,
        deleted="id user_id slot address is_default version created_at updated_at default_user_id",
    ),
    "orders": Table(
        rows=Whose.USER,
        not_personal="status payment_status payment_method carrier expires_at version updated_at dispute_status",
        erased="tracking_number",
        replaced={"address": "only its country and region, which decide the tax"},
        kept={
            "id order_number currency subtotal_minor shipping_minor tax_minor total_minor captured_minor": BOOKS,
            "refunded_minor return_refund_minor payment_reference created_at": BOOKS,
            "user_id": PSEUDONYM,
        },
    ),
    "order_lines": Table(
        rows=Whose.ORDERS,
        not_personal="position returned",
        kept={"order_id product_id sku name unit_price_minor quantity": BOOKS},
    ),
    "order_history": Table(
        rows=Whose.ORDERS,
        not_personal="version action status payment_status actor event_id",
        erased="note",
        kept={"order_id created_at": BOOKS, "actor_id": PSEUDONYM},
    ),
    "order_notes": Table(rows=Whose.ORDERS, deleted="id order_id user_id key_id text created_at"),
    "payments": Table(
        rows=Whose.ORDERS,
        not_personal="attempt state checks next_check_at updated_at live_order_id dispute_status searched_until",
        kept={
            "id order_id provider reference amount_minor currency captured_minor": BOOKS,
            "refunded_minor created_at provider_key": BOOKS,
        },
    ),
    "payment_entries": Table(
        rows=Whose.PAYMENTS,
        not_personal="kind dispute_id occurrence",
        erased="reason",
        kept={"id payment_id refund_id amount_minor currency reference created_at": BOOKS},
    ),
    "refunds": Table(
        rows=Whose.ORDERS,
        not_personal="number state cause checks next_check_at updated_at request_key fingerprint",
        erased="reason failure",
        kept={
            "id payment_id order_id amount_minor currency reference created_at": BOOKS,
            "requested_by": ACCOUNTABILITY,
        },
    ),
    "refund_lines": Table(kept={"refund_id product_id quantity": BOOKS}),
    "disputes": Table(
        rows=Whose.ORDERS,
        not_personal="status reason respond_by opened_at closed_at as_of",
        kept={"id payment_id order_id provider reference amount_minor currency": BOOKS},
    ),
    "stock_movements": Table(
        not_personal="id product_id kind quantity reason created_at refund_id",
        kept={"order_id": BOOKS, "user_id": PSEUDONYM},
    ),
    # Fields with personal data have no values in `changes`.
    "audit_log": Table(
        not_personal="id at key_id action entity entity_id changes request_id", kept={"user_id": ACCOUNTABILITY}
    ),
    "outbox": Table(
        not_personal="id event_id type aggregate trace_header attempts last_error created_at next_attempt_at"
        " published_at",
        expires={"detail": PUBLISHED},
    ),
    "inbox": Table(not_personal="consumer event_id claimed_until done_at"),
    "provider_events": Table(not_personal="provider event_id type outcome payment_id received_at"),
    "products": Table(
        not_personal="id sku name description category image_urls price_minor currency stock version archived"
        " created_at updated_at low_stock_threshold listing_id options_key variant_key hidden_by_listing is_low"
    ),
    "listings": Table(
        not_personal="id state brand_id options image_urls min_price_minor max_price_minor in_stock index_version"
        " version created_at updated_at"
    ),
    "listing_texts": Table(not_personal="listing_id language name description"),
    "listing_slugs": Table(not_personal="slug listing_id is_current"),
    "listing_categories": Table(not_personal="listing_id category_id position"),
    "brands": Table(not_personal="id name name_key version created_at updated_at"),
    "categories": Table(not_personal="id parent_id path position slug refresh_after version created_at updated_at"),
    "category_texts": Table(not_personal="category_id language parent_id name name_key"),
    "category_tree": Table(not_personal="id version"),
    "shelf_entries": Table(not_personal="shelf language listing_id name_key price_minor"),
    "search_postings": Table(not_personal="language word relevance listing_id"),
    "search_documents": Table(not_personal="listing_id language in_stock name_words other_words"),
    "search_words": Table(not_personal="language word listings names first_character two_characters three_characters"),
    "search_deletions": Table(not_personal="language deletion word"),
    "roles": Table(not_personal="id name is_seeded version created_at updated_at"),
    "role_scopes": Table(not_personal="role_id scope"),
    "api_key_scopes": Table(not_personal="key_id scope"),
    "staff_invitation_roles": Table(not_personal="invitation_id role_id"),
    "reconciliations": Table(not_personal="id started_at finished_at disagreements repaired report"),
    "reconciliation_findings": Table(not_personal="check_name subject_id found_at"),
    "reconciliation_marks": Table(not_personal="name compared_until"),
    "reconciliation_passes": Table(not_personal="name next_id rows_read started_at expected_rows covered_since"),
    "repairs": Table(not_personal="id kind subject note created_at"),
    "leases": Table(not_personal="name holder held_until"),
}

# Outside the database: what becomes of each pattern of keys in Redis.
REDIS_KEYS: dict[str, str] = {
    "session:*": "deleted",
    "sessions-of:*": "deleted",
    "session-info:*": "deleted",
    "known-devices:*": "deleted",
    "presence": "expires 15 minutes after the last request",
    "login-attempts:*": "named by hashes of mail and network addresses; expires 90 days after the last login",
    "login-wait:*": "named by a hash of the address; expires within 15 minutes",
    "mail-attempts:*": "named by a hash of the address; expires within an hour",
    "mail-wait:*": "named by a hash of the address; expires within 15 minutes",
    "limit:*": "named by hashes of tokens and clients, or by accounts; expires within an hour",
    "api-key:*": "deleted: the account's keys are revoked",
    "api-key-uses": "not personal",
    "product:*": "not personal",
    "read-only": "not personal",
}

# What becomes of each kind of object in S3.
S3_OBJECTS: dict[str, str] = {
    "exports/*": "numbers of accounts and orders; expires after `ExportRetentionDays`",
    "data-exports/*": "expires seven days after it was written; without its row, nobody gets a link to it",
    "tombstones/*": "kept: the number of the account and the date, so that a restored database is erased again",
}
