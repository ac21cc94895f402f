"""A payment provider in memory whose answers get lost, and whose webhooks are late, repeated, out of order or lost."""

from dataclasses import dataclass
from typing import Literal

from microshop.errors import PaymentOutcomeUnknown, PaymentRefused, Unavailable
from microshop.payments.providers.port import Intent, ProviderDispute, ProviderEvent, ProviderRefund, RefundRequest
from tests.support.fake_provider import Call, FakeProvider

type Way = Literal["unavailable", "unknown", "unknown though done", "refused"]
type News = Intent | ProviderRefund | ProviderDispute


@dataclass(frozen=True)
class Failure:
    """How the provider fails in a use case, and at which of its calls, counted from 0."""

    way: Way
    call: int


class UnreliableProvider(FakeProvider):
    """Keeps its webhooks: `pending` in the order of their creation, `delivered`, and `lost`."""

    def __init__(self) -> None:
        super().__init__()
        self.pending: list[ProviderEvent] = []
        self.delivered: list[ProviderEvent] = []
        self.lost: list[ProviderEvent] = []
        self._reported: dict[str, News] = {}
        self._failure: Failure | None = None
        self._calls_in_use_case = 0

    def begin_use_case(self, failure: Failure | None) -> None:
        """Replace the failure of the last use case."""
        self._failures.clear()
        self._failure, self._calls_in_use_case = failure, 0

    def collect_webhooks(self) -> None:
        """Create a pending webhook for each attempt, refund and dispute that has changed."""
        news: list[News] = [
            *self.known_intents.values(),
            *self.known_refunds.values(),
            *self.known_disputes.values(),
        ]
        for each in news:
            if self._reported.get(each.reference) != each:
                self._reported[each.reference] = each
                if not _is_new(each):
                    self.pending.append(ProviderEvent(f"evt_{next(self._numbers)}", "fake.changed", each))

    def mark_delivered(self, event: ProviderEvent) -> None:
        """Record that the shop has handled a webhook."""
        self.pending.remove(event)
        self.delivered.append(event)

    def lose(self, event: ProviderEvent) -> None:
        """Lose a webhook."""
        self.pending.remove(event)
        self.lost.append(event)

    def forget_refund_keys(self) -> None:
        """Forget the idempotency keys of refunds, as a provider does after a day."""
        self._by_key = {key: kept for key, kept in self._by_key.items() if not isinstance(kept[0], RefundRequest)}

    def open_intents(self, order_id: int | None = None) -> list[Intent]:
        """The attempts that can still be paid, of an order or of all."""
        intents = self.known_intents.values() if order_id is None else self.intents_of(order_id)
        return [intent for intent in intents if intent.status in ("open", "processing")]

    def pay_for(self, order_id: int) -> None:
        """The customer pays the last open attempt, if any."""
        for intent in self.open_intents(order_id)[-1:]:
            self.pay(intent.reference)

    def intents_of(self, order_id: int) -> list[Intent]:
        """All attempts to pay an order."""
        return [intent for intent in self.known_intents.values() if intent.order_id == order_id]

    def refunds_for(self, intent: Intent) -> list[ProviderRefund]:
        """All refunds of an attempt."""
        return [refund for refund in self.known_refunds.values() if refund.intent_reference == intent.reference]

    def left(self, intent: Intent) -> int:
        """The captured amount without refunds that did not fail."""
        return self._left(intent)

    def _call(self, call: Call, about: str):  # type: ignore[no-untyped-def]
        if self._failure is not None and self._calls_in_use_case == self._failure.call:
            self._fail_as(self._failure.way, call, about)
        self._calls_in_use_case += 1
        return super()._call(call, about)

    def _fail_as(self, way: Way, call: Call, about: str) -> None:
        match way:
            case "unavailable":
                self.fail(call, Unavailable("payments", "too many requests"))
            case "unknown" | "unknown though done":
                self.fail(call, PaymentOutcomeUnknown("timeout"), acted=way == "unknown though done")
            case "refused" if call in ("start", "refund") and about not in self._by_key:
                self.fail(call, PaymentRefused("not_today", "Not today."))


def _is_new(update: News) -> bool:
    return isinstance(update, Intent) and update.status == "open" and update.decline is None
