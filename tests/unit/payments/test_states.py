"""States and names of payments match the CHECK constraints of the migrations."""

import re
from pathlib import Path
from typing import get_args

from microshop import migrations
from microshop.orders.dispute_status import DISPUTE_STATUSES
from microshop.payments.outcomes import Outcome
from microshop.payments.payment import (
    CAPTURED_STATES,
    ENTRY_KINDS,
    LIVE_STATES,
    PAYMENT_STATES,
    REFUND_STATES,
    ProviderName,
    RefundCause,
)
from microshop.payments.providers import PROVIDERS, automatic_providers
from tests.support.table_rows import wrong_answers

_FOLDER = Path(migrations.__file__).parent


def _words(file: str, before: str) -> list[str]:
    """Returns the quoted words in the brackets after `before` in a migration."""
    sql = (_FOLDER / file).read_text()
    [found] = re.findall(re.escape(before) + r"\s*\(([^)]*)\)", sql)
    return re.findall(r"'(\w+)'", found)


def test_database_accepts_exactly_the_statuses_of_the_rules() -> None:
    rows: list[tuple[str, str, tuple[str, ...]]] = [
        ("0018_create_payments.sql", "payments_state CHECK (state IN", PAYMENT_STATES),
        ("0020_create_refunds.sql", "refunds_state CHECK (state IN", REFUND_STATES),
        ("0020_create_refunds.sql", "refunds_cause CHECK (cause IN", RefundCause.__value__.__args__),
        ("0028_add_dispute_to_orders.sql", "CHECK (dispute_status IN", DISPUTE_STATUSES),
        ("0029_add_dispute_to_payments.sql", "CHECK (dispute_status IN", DISPUTE_STATUSES),
        ("0030_add_dispute_entries.sql", "payment_entries_kind CHECK (kind IN", ENTRY_KINDS),
    ]

    assert wrong_answers(_words, [(file, before, list(words)) for file, before, words in rows]) == []


def test_unique_key_of_an_order_covers_the_live_payment_states() -> None:
    assert set(_words("0018_create_payments.sql", "IF(state IN")) == LIVE_STATES


def test_only_states_that_hold_money_may_have_a_captured_amount() -> None:
    assert set(_words("0018_create_payments.sql", "captured_minor = 0 OR state IN")) == CAPTURED_STATES


def test_references_may_repeat_only_for_payments_by_hand() -> None:
    by_hand = _words("0018_create_payments.sql", "IF(provider IN")

    has_no_reference = {"free"}
    assert set(by_hand) == set(PROVIDERS) - set(automatic_providers()) - has_no_reference


def test_every_payment_state_is_an_entry_kind_of_the_ledger() -> None:
    assert set(PAYMENT_STATES) <= set(ENTRY_KINDS)


def test_names_fit_their_columns() -> None:
    assert max(map(len, (*PAYMENT_STATES, *REFUND_STATES, *RefundCause.__value__.__args__))) <= 16
    assert max(map(len, ENTRY_KINDS)) <= 24
    assert max(map(len, PROVIDERS)) <= 32
    assert max(map(len, Outcome)) <= 64


def test_provider_names_are_those_of_the_table() -> None:
    assert get_args(ProviderName.__value__) == tuple(PROVIDERS)
