"""The orders per second of one product, by the way in which an order is written.

`make bench PART=hot_product` measures it. Compare only ratios of one run: the rates depend on the machine.
"""

from tests.benchmarks.hot_product.measuring import measure

__all__ = ["measure"]
