"""The amounts that a payment provider can charge and refund in a currency."""

from microshop.money import to_decimal
from microshop.values import Value


class ChargeLimits(Value):
    """Amounts must be multiples of `step_minor`, charges between minimum and maximum; all are in the minor unit."""

    currency: str
    step_minor: int
    minimum_minor: int
    maximum_minor: int

    def problem_of_amount(self, minor: int) -> str | None:
        """Returns the reason why no price, fee or refund can have this amount, or None."""
        if minor % self.step_minor:
            return f"must be a multiple of {self._text(self.step_minor)}, as all card charges must be"
        return None

    def problem_of_charge(self, minor: int) -> str | None:
        """Returns the reason why a card cannot be charged this amount, or None."""
        total = f"and the total is {self._text(minor)}"
        if minor < self.minimum_minor:
            return f"a card cannot be charged less than {self._text(self.minimum_minor)}, {total}"
        if minor > self.maximum_minor:
            return f"a card cannot be charged more than {self._text(self.maximum_minor)}, {total}"
        if minor % self.step_minor:
            return f"a card can only be charged multiples of {self._text(self.step_minor)}, {total}"
        return None

    def _text(self, minor: int) -> str:
        return f"{to_decimal(minor, self.currency)} {self.currency}"
