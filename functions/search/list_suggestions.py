"""GET /api/v1/suggestions: how a search may go on, and what it finds, while somebody types it."""

from microshop.http import Request, Response, endpoint, ok
from microshop.http.catalogue_language import catalogue_languages, language_headers, requested_language
from microshop.platform.mysql import database
from microshop.search.queries import SearchQueries
from microshop.search.suggesting import suggest
from microshop.search.suggestion_queries import SuggestionQueries
from microshop.search.view import suggestion_list
from microshop.search.words import MAX_SEARCH_LENGTH


@endpoint(reads_query=True)
def handler(request: Request) -> Response:
    query = request.query()
    text = query.text("q", MAX_SEARCH_LENGTH) or ""
    language = requested_language(request, query)
    query.finish()
    names = SuggestionQueries(database(), language, catalogue_languages()[0])
    suggestions = suggest(text, language, SearchQueries(database()), names)
    return ok(suggestion_list(suggestions), language_headers(language))
