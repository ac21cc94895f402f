"""The files of an export."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from microshop.exports.csv_file import BYTE_ORDER_MARK, to_csv
from microshop.money import to_decimal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import IO, Any, Protocol

    from microshop.data_exports.archive import Archive
    from microshop.users.device_repository import OpenSession

    type Row = Mapping[str, Any]

    class Person(Protocol):
        """Reads what is stored about a person (queries.py)."""

        def account(self) -> Row: ...
        def addresses(self) -> Sequence[Row]: ...
        def api_keys(self) -> Sequence[Row]: ...
        def invitations(self) -> Sequence[Row]: ...
        def mails(self) -> Row: ...
        def exports(self) -> Sequence[Row]: ...
        def audit_log(self) -> Iterable[Row]: ...

    class Orders(Protocol):
        """Reads a person's orders (order_queries.py)."""

        def orders(self) -> Iterable[Row]: ...

    class Devices(Protocol):
        """Lists sessions and devices (users/device_repository.py)."""

        def sessions(self, user_id: int) -> Sequence[OpenSession]: ...
        def known(self, user_id: int) -> Mapping[str, int]: ...


_README = Path(__file__).parent / "readme"
_LINES_HEADER = ("order_number", "ordered_at", "status", "sku", "product", "quantity", "unit_price", "currency")
# More than that goes to a temporary file.
_LINES_IN_MEMORY = 1_000_000


def write_contents(archive: Archive, person: Person, orders: Orders, devices: Devices, shop_name: str) -> None:
    """Write every file of the export of one person. The first one explains the others in the person's language."""
    account, now = person.account(), datetime.now(UTC)
    archive.add_text("README.txt", readme(account["language"], shop_name, now))
    archive.add_json("account.json", account)
    archive.add_items("addresses.json", person.addresses())
    with tempfile.SpooledTemporaryFile(_LINES_IN_MEMORY) as lines:
        lines.write(BYTE_ORDER_MARK + to_csv([_LINES_HEADER]))
        archive.add_items("orders.json", _with_lines_as_csv(orders.orders(), lines))
        lines.seek(0)
        archive.add_file("order-lines.csv", lines)
    archive.add_json("sessions.json", _sessions(devices, account["id"]))
    archive.add_json("mails.json", person.mails())
    archive.add_items("invitations.json", person.invitations())
    archive.add_items("api-keys.json", person.api_keys())
    archive.add_items("audit-log.json", person.audit_log())
    archive.add_items("data-exports.json", person.exports())


def readme(language: str, shop_name: str, now: datetime) -> str:
    """Returns the text that explains the files."""
    text = (_README / f"{language}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(shop=shop_name, time=f"{now:%Y-%m-%d %H:%M} UTC")


def _with_lines_as_csv(orders: Iterable[Row], file: IO[bytes]) -> Iterator[Row]:
    for order in orders:
        file.write(
            to_csv(
                (
                    order["order_number"],
                    order["created_at"].isoformat(timespec="seconds"),
                    order["status"],
                    line["sku"],
                    line["name"],
                    line["quantity"],
                    Decimal(to_decimal(line["unit_price_minor"], order["currency"])),
                    order["currency"],
                )
                for line in order["lines"]
            )
        )
        currency = order["currency"]
        yield {**order, "lines": [{**line, "currency": currency} for line in order["lines"]]}


def _sessions(devices: Devices, user_id: int) -> Row:
    return {
        "open_sessions": [
            {
                "device": session.device,
                "created_at": _time(session.opened_at),
                "last_seen_at": _time(session.last_seen_at),
                "expires_at": _time(session.expires_at),
            }
            for session in devices.sessions(user_id)
        ],
        "known_devices": [
            {"device": device, "last_login_at": _time(at)} for device, at in devices.known(user_id).items()
        ],
    }


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
