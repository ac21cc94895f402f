"""Loads the demo data into a database. Existing data stays unchanged."""

from collections.abc import Callable, Sequence

from microshop.platform.mysql import Database
from microshop.platform.redis import Redis
from microshop.platform.settings import database_address, redis_address
from microshop.staff.granting import set_owner
from microshop.staff.unit_of_work import StaffUnitOfWork
from microshop.users.registration import register
from microshop.users.repository import UserRepository
from microshop.users.schemas import RegisterRequest
from microshop.users.sessions import Sessions
from microshop.users.unit_of_work import UsersUnitOfWork
from microshop.users.user import Language
from tools.demo.catalogue_files import CURRENCY, LANGUAGES
from tools.demo.catalogue_loading import load_catalogue
from tools.demo.orders import load_orders

ADMIN_EMAIL, ADMIN_PASSWORD = "admin@example.com", "admin-password"
CUSTOMER_EMAIL, CUSTOMER_PASSWORD = "customer@example.com", "customer-password"

# Name, address, password, language. Domains for documentation (RFC 2606) have no mailboxes.
_PEOPLE: tuple[tuple[str, str, str, Language], ...] = (
    ("Ada Admin", ADMIN_EMAIL, ADMIN_PASSWORD, "en"),
    ("Casey Customer", CUSTOMER_EMAIL, CUSTOMER_PASSWORD, "en"),
    ("李小雨", "xiaoyu@example.com", CUSTOMER_PASSWORD, "zh"),
    ("Noor Haddad", "noor@example.com", CUSTOMER_PASSWORD, "en"),
    ("Tomás Rivera", "tomas@example.com", CUSTOMER_PASSWORD, "en"),
)


def load_demo_data(
    database_url: str,
    redis_url: str,
    say: Callable[[str], None],
    *,
    shop_currency: str = CURRENCY,
    languages: Sequence[str] = LANGUAGES,
) -> None:
    """Create missing products, users and orders. `say` is called with a line for each kind.

    Listings get texts in `languages`, the first of which is the default. A shop with another currency than the demo
    products gets only users, because the products could not be ordered.

    Raises:
        Unavailable: the database or Redis does not answer.
    """
    database = Database(database_address(database_url))
    redis = Redis(redis_address(redis_url))
    has_demo_currency = shop_currency == CURRENCY
    if not has_demo_currency:
        say(f"demo data: accounts only, because the demo products are priced in {CURRENCY}; `make seed` adds them")
    elif (loaded := load_catalogue(database, languages)).products:
        say(f"demo data: {loaded.listings} listings with {loaded.products} products")
    if people := _load_people(database, redis):
        say(f"demo data: {people} accounts")
    if has_demo_currency and (orders := load_orders(database, CURRENCY, ADMIN_EMAIL)):
        say(f"demo data: {orders} orders")
    database.close()
    redis.close()


def _load_people(database: Database, redis: Redis) -> int:
    created = 0
    for username, email, password, language in _PEOPLE:
        if UserRepository(database).by_email(email):
            continue
        wanted = RegisterRequest(username=username, email=email, password=password, language=language)
        register(wanted, UsersUnitOfWork(database), shop_name="microshop")
        created += 1
        if email == ADMIN_EMAIL:
            set_owner(email, Sessions(redis), StaffUnitOfWork(database, redis), is_owner=True)
    return created
