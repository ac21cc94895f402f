"""The language and the currency in which customers see the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microshop.values import Value

if TYPE_CHECKING:
    from collections.abc import Mapping


class Locale(Value):
    """A language, the language of texts that it lacks, and the currency of the shop."""

    language: str
    default_language: str
    currency: str

    @property
    def parameters(self) -> Mapping[str, object]:
        """The parameters of queries."""
        return self.as_dict()
