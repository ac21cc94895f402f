"""The statement that inserts customers."""

from tools.load_data.sql import digest, fraction, one_of
from tools.load_data.words import CHINESE_NAMES, FIRST_NAMES, LAST_NAMES

# The names in example.com have no mailboxes (RFC 2606). Every eighth customer reads Chinese.
USER_BATCH = (
    f"""
INSERT INTO users (id, email, username, role, language, password_hash, credentials_version, created_at, updated_at)
SELECT %(first_id)s + number - %(from)s,
       CONCAT(LOWER(first_name), '.', LOWER(last_name), '.', number, '@example.com'),
       IF(MOD(number, 8) = 7, {one_of(CHINESE_NAMES, fraction("a", 2))}, CONCAT(first_name, ' ', last_name)),
       'customer',
       IF(MOD(number, 8) = 7, 'zh', 'en'),
       %(password_hash)s,
       1,
       %(catalogue_began_at)s,
       %(catalogue_began_at)s
FROM (
    SELECT number, a, {one_of(FIRST_NAMES, fraction("a", 0))} AS first_name,
           {one_of(LAST_NAMES, fraction("a", 1))} AS last_name
    FROM (
        SELECT %(first)s + n AS number, {digest("%(first)s + n", "user")} AS a
        FROM load_data_numbers
        WHERE n < %(count)s
    ) AS numbers
) AS people
""",
)
