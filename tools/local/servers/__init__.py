"""The server programs of a data folder: a database, a Redis and a stand-in for AWS."""
