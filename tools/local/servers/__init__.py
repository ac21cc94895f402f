"""The server programs of a data folder: a database, a Redis server and the AWS stand-in."""
