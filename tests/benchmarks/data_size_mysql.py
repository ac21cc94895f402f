"""Every query of the product in a small and a larger shop on MySQL: `python -m tests.benchmarks.data_size_mysql`.

It loads four hundred thousand products and two hundred thousand orders each time, which takes some minutes. It needs
Debian or Ubuntu.
"""

import tempfile
from pathlib import Path

from tests.benchmarks.data_size.measuring import measure_at
from tests.benchmarks.report import Progress, Section, main
from tools.load_data.run import Sizes
from tools.local.servers.mysql_from_debian import running_mysql

_LARGE = Sizes(products=400_000, users=10_000, orders=200_000)


def measure(progress: Progress) -> Section:
    """Measure all queries on MySQL."""
    with (
        tempfile.TemporaryDirectory(prefix="microshop-benchmark-") as folder,
        running_mysql(Path(folder), progress) as mysql,
    ):
        return measure_at(mysql.migration_url, _LARGE, "Queries by the size of the shop, on MySQL", progress)


if __name__ == "__main__":
    main(measure)
