"""Entry point of the operator's commands: `python -m tools.operator <command> [EMAIL=… STACK=… …]`."""

import signal

# Without this, Ctrl-C during the imports would print a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from tools.operator.cli import main  # noqa: E402

if __name__ == "__main__":
    main()
