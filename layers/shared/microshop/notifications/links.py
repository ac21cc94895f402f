"""Links of mails: one-time links, and links to pages that require signing in.

The token of a one-time link is in the fragment of its URL. Browsers send no fragment to a server, so the token is in no
access log and no Referer header.
"""

from collections.abc import Callable

from microshop.mail_links.link import Purpose
from microshop.notifications.mail import Part

# Stores a new one-time link for a purpose, subject and address. Returns it as the part `link` of a mail.
type IssueLink = Callable[[Purpose, int, str], Part]
# Returns the link to a page of the front end as the part `link` of a mail.
type LinkTo = Callable[[str], Part]

# The page of the front end that reads the token and sends it to the API.
PAGES = {
    Purpose.STAFF_INVITATION: "staff/invitation",
    Purpose.VERIFY_EMAIL: "account/verify",
    Purpose.CHANGE_EMAIL: "account/change-email",
    Purpose.RESET_PASSWORD: "account/reset-password",
}


def page_part(storefront_url: str, page: str) -> Part:
    """Returns the link to a page without a token, or without a front end a sentence that names the account's page."""
    return Part("link", [{"url": f"{storefront_url}/{page}"}]) if storefront_url else Part("own_account")


def link_part(storefront_url: str, purpose: Purpose, token: str) -> Part:
    """Returns the link to the page of `purpose`, or without a front end the token as a code to paste."""
    if not storefront_url:
        return Part("code", [{"code": token}])
    return Part("link", [{"url": f"{storefront_url}/{PAGES[purpose]}#token={token}"}])
