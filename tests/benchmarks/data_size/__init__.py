"""Every query of the product in small shops and in a large one: `python -m tests.benchmarks.data_size`.

The large shop has a million products and two million orders, or as many as DATA_SIZE_PRODUCTS, DATA_SIZE_USERS and
DATA_SIZE_ORDERS say. The first run loads it into `.microshop-benchmark`, which takes some 20 minutes and 10 GB, and
later ones use it again. The part `data_size_mysql` measures a smaller shop on MySQL.
"""

from tests.benchmarks.data_size.measuring import measure

__all__ = ["measure"]
