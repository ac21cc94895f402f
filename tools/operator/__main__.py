"""The operator's commands, as the Makefile runs them: `python -m tools.operator <command> [EMAIL=… STACK=… …]`."""

import signal

# Importing takes a moment, in which Ctrl-C would print a traceback.
signal.signal(signal.SIGINT, signal.SIG_DFL)

from tools.operator.running import main  # noqa: E402

if __name__ == "__main__":
    main()
