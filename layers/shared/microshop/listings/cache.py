"""The entries of listings in the cache of the catalogue. docs/decisions/0091-lists-and-facets.md has the reasons."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from microshop.errors import Unavailable
from microshop.languages import parse_languages
from microshop.platform import settings
from microshop.platform.redis import redis
from microshop.products.cache import ProductCache

if TYPE_CHECKING:
    from collections.abc import Iterable

    from microshop.listings.filters import ListingFilter


def listing_subject(listing_id: int, language: str) -> str:
    """Returns the subject of a listing's page in a language; its head is a ListingHead."""
    return f"listing:{listing_id}:{language}"


def slug_subject(slug: str) -> str:
    """Returns the subject of a slug; the body is the id of its listing, which never changes."""
    return f"slug:{slug}"


def facets_subject(criteria: ListingFilter, language: str) -> str:
    """Returns the subject of the facets of a list. Its length does not depend on the filters."""
    return f"facets:{hashlib.blake2b(repr((language, criteria)).encode(), digest_size=16).hexdigest()}"


def clear_listings(listing_ids: Iterable[int], slugs: Iterable[str] = ()) -> None:
    """Delete the pages of listings in all languages, and entries of new slugs. Call it after the commit.

    A slug has an entry if somebody asked for it before it existed.

    Raises:
        Unavailable: Redis does not answer.
    """
    languages = parse_languages(settings.text("LANGUAGES"))
    subjects = [listing_subject(listing_id, language) for listing_id in listing_ids for language in languages]
    ProductCache(redis()).invalidate(*subjects, *map(slug_subject, slugs))


def invalidate_listings(listing_ids: Iterable[int], slugs: Iterable[str] = ()) -> str:
    """Do the same as `clear_listings`. Returns "redis" if Redis does not answer, else "".

    The change is committed, so the request succeeds either way.
    """
    try:
        clear_listings(listing_ids, slugs)
    except Unavailable:
        return "redis"
    return ""
