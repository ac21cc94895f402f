"""The program of the AWS stand-in: moto's server, without a line in the log for each of a thousand polls a minute."""

import logging

from moto.server import main

if __name__ == "__main__":
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    main()
