"""What a cached page of a listing needs besides its body."""

from __future__ import annotations

from microshop.values import Value


class ListingHead(Value):
    """The ETag of a page, the language of its texts, and the current slug of its listing. None contains a blank."""

    etag: str
    language: str
    slug: str

    def text(self) -> str:
        """Returns the head as the cache stores it."""
        return f"{self.etag} {self.language} {self.slug}"


def parse_head(text: str) -> ListingHead:
    """The inverse of `ListingHead.text`."""
    return ListingHead(*text.split(" "))
