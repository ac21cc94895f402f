"""microshop: the code that the shop's functions share."""

import gc

# Imports create many objects and hardly any garbage, but by default Python looks for garbage after every 2,000 objects:
# 2 to 3 % of a cold start. Garbage in cycles, which requests hardly make, now waits a little longer.
gc.set_threshold(50_000)
