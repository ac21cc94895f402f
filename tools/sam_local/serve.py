"""`python -m tools.sam_local.serve` is `sam` without its watch for changed code.

SAM watches each running function with an inotify instance of its own. Linux allows a user 128 of them
(fs.inotify.max_user_instances), which editors use too. The shop has as many functions, and a request to a function
that SAM cannot watch would be a 502. Nothing is lost: the build that is served does not change.
"""

from samcli.cli.main import cli
from samcli.lib.utils import file_observer


class _WatchesNothing:
    """What SAM uses of watchdog's Observer."""

    def schedule(self, *_arguments: object, **_options: object) -> None:
        """Watch nothing. SAM keeps the result, and unschedules only what is not None."""

    def is_alive(self) -> bool:
        """SAM stops only an observer that is alive."""
        return False

    def start(self) -> None:
        """SAM starts it if it is not alive."""


if __name__ == "__main__":
    file_observer.Observer = _WatchesNothing
    cli(prog_name="sam")
