"""An empty database for each test, and a server with an admin who makes the users of the database."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from copy import replace
from urllib.parse import quote

import pytest

from microshop.migrations.database_users import APPLICATION, MIGRATIONS
from microshop.platform.mysql import Database
from microshop.platform.settings import ServerAddress, database_address
from tests.support.admin_server import ADMIN, ADMIN_PASSWORD, server_with_admin
from tests.support.servers import FreshDatabase, ServerUrls

PASSWORDS = {APPLICATION: "a'p\\p%s", MIGRATIONS: "migrations"}

type SignIn = Callable[..., Database]


@pytest.fixture
def url(server_urls: ServerUrls) -> Iterator[str]:
    """An empty database."""
    with FreshDatabase(server_urls, purpose="migrations") as fresh:
        yield fresh.migrations


@pytest.fixture
def schema(url: str) -> Iterator[Database]:
    """A connection to the same database."""
    with closing(Database(database_address(url))) as connection:
        yield connection


@pytest.fixture(scope="session")
def server(server_urls: ServerUrls) -> Iterator[ServerAddress]:
    """The address of the admin."""
    with server_with_admin(like=server_urls.database) as address:
        yield address


@pytest.fixture
def sign_in(server: ServerAddress) -> Iterator[SignIn]:
    """Connects to a database as one of the users, or without one as the admin."""
    with ExitStack() as connections:

        def connect(user: str = ADMIN, database: str = "") -> Database:
            password = PASSWORDS.get(user, ADMIN_PASSWORD)
            connection = Database(replace(server, user=user, password=password, name=database))
            connections.callback(connection.close)
            return connection

        yield connect


@pytest.fixture
def admin(sign_in: SignIn) -> Database:
    """A connection of the admin to a server without the users. Tables of an earlier test may exist."""
    connection = sign_in()
    for row in connection.rows(
        "SELECT routine_name AS name FROM information_schema.routines WHERE routine_schema = 'shop'"
    ):
        # MySQL does not drop a user who has created a procedure.
        connection.execute(f"DROP PROCEDURE shop.{row['name']}")
    connection.execute(f"DROP USER IF EXISTS '{APPLICATION}'@'%', '{MIGRATIONS}'@'%'")
    return connection


def shop_url(server: ServerAddress, user: str) -> str:
    """Returns the URL of the shop's database for one of the users."""
    return f"mysql://{user}:{quote(PASSWORDS[user])}@{server.host}:{server.port}/shop"
