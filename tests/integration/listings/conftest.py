"""Lists of listings in English, in a shop with English and Chinese texts."""

import pytest

from microshop.listings.list_queries import ListQueries
from microshop.listings.locale import Locale
from microshop.listings.match_queries import MatchQueries
from microshop.listings.reading import ListingLists
from microshop.platform.mysql import Database

ENGLISH, CHINESE = Locale("en", "en", "USD"), Locale("zh", "en", "USD")


@pytest.fixture
def lists(database: Database) -> ListingLists:
    return ListingLists("en", ListQueries(database, ENGLISH), MatchQueries(database, "en"))
