"""GET /api/v1/admin/audit-log: a page of what staff and API keys changed."""

from microshop.audit.entry import AuditFilter, parse_action, parse_entity
from microshop.audit.paging import decode_cursor, list_entries
from microshop.audit.queries import AuditQueries
from microshop.audit.view import audit_page
from microshop.cursors import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from microshop.http import Request, Response, endpoint, ok
from microshop.limits import MAX_ID
from microshop.platform.mysql import database
from microshop.scopes import MANAGE_STAFF
from microshop.times import parse_time


@endpoint(requires=MANAGE_STAFF, reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    criteria = AuditFilter(
        user_id=query.integer("user_id", 1, MAX_ID, 0) or None,
        key_id=query.integer("key_id", 1, MAX_ID, 0) or None,
        action=query.parse("action", parse_action),
        entity=query.parse("entity", parse_entity),
        entity_id=query.integer("entity_id", 1, MAX_ID, 0) or None,
        created_from=query.parse("created_from", parse_time),
        created_before=query.parse("created_before", parse_time),
    )
    limit = query.integer("limit", 1, MAX_PAGE_SIZE, DEFAULT_PAGE_SIZE)
    after = query.parse("cursor", lambda text: decode_cursor(text, criteria))
    counts = bool(query.flag("count"))
    query.finish()
    criteria.require_whole_entity()
    return ok(audit_page(list_entries(criteria, after, limit, AuditQueries(database()), counts=counts)))
