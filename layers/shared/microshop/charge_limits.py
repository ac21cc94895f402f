"""The amounts that a payment provider can charge and refund in a currency."""

from dataclasses import dataclass

from microshop.money import to_decimal


@dataclass(frozen=True)
class ChargeLimits:
    """Amounts are multiples of `step_minor`, and charges lie between minimum and maximum, all in the minor unit."""

    currency: str
    step_minor: int
    minimum_minor: int
    maximum_minor: int

    def problem_of_amount(self, minor: int) -> str | None:
        """Returns the reason why no price, fee or refund can have this amount, or None."""
        if minor % self.step_minor:
            return f"must be a multiple of {self._shown(self.step_minor)}, the steps in which cards are charged"
        return None

    def problem_of_charge(self, minor: int) -> str | None:
        """Returns the reason why a card cannot be charged this amount, or None."""
        total = f"and the total is {self._shown(minor)}"
        if minor < self.minimum_minor:
            return f"a card cannot be charged less than {self._shown(self.minimum_minor)}, {total}"
        if minor > self.maximum_minor:
            return f"a card cannot be charged more than {self._shown(self.maximum_minor)}, {total}"
        if minor % self.step_minor:
            return f"a card can be charged multiples of {self._shown(self.step_minor)}, {total}"
        return None

    def _shown(self, minor: int) -> str:
        return f"{to_decimal(minor, self.currency)} {self.currency}"
