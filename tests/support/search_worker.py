"""A process of a race that changes the search index.

Arguments: the seed of its random changes, and their number. All workers change the same few listings, which exist.
"""

import random
import sys

from microshop.platform.mysql import Database
from microshop.search.index_repository import IndexedText
from tests.support.process_race import act_when_told
from tests.support.search_index import put_texts, set_in_stock

LISTING_IDS = range(1, 9)
_WORDS = "linen shirt shirts cotton coffee kettle COF-001 café кофе 手机壳 苹果 T-shirt".split()


def change_at_random(database: Database, seed: int, changes: int) -> None:
    """Change listings `changes` times."""
    chosen = random.Random(seed)
    for _ in range(changes):
        listing_id = chosen.choice(LISTING_IDS)
        if chosen.random() < 0.2:
            set_in_stock(database, listing_id, in_stock=chosen.random() < 0.5)
        else:
            texts = {
                language: IndexedText(_text(chosen, 3), [_text(chosen, 6), _text(chosen, 1)])
                for language in chosen.sample(["en", "zh"], chosen.randint(0, 2))
            }
            put_texts(database, listing_id, texts, in_stock=chosen.random() < 0.5)


def _text(chosen: random.Random, most: int) -> str:
    return " ".join(chosen.sample(_WORDS, chosen.randint(0, most)))


if __name__ == "__main__":
    act_when_told(lambda database, _redis: change_at_random(database, int(sys.argv[1]), int(sys.argv[2])))
