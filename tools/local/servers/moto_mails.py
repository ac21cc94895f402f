"""Lists the mails that moto's SES accepted.

moto's `data.json` cannot be used: it evaluates every property of every object, and one fails for a part of an upload.
"""

import email.policy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from moto.ses.models import RawMessage, TemplateMessage, ses_backends
from moto.sesv2.responses import SESV2Response

_MOTO_SEND_EMAIL = SESV2Response.send_email


def send_email(response: SESV2Response) -> str:
    """Replaces moto's method. It also sends templates, and stores the text beside the HTML, and the time."""
    request, backend = json.loads(response.body), response.sesv2_backend.core_backend
    message: Any
    if template := request["Content"].get("Template"):
        message = backend.send_templated_email(
            request["FromEmailAddress"],
            template.get("TemplateName", ""),
            template.get("TemplateData", ""),
            request["Destination"],
        )
    else:
        sent = json.loads(_MOTO_SEND_EMAIL(response))["MessageId"]
        message = next(each for each in reversed(backend.sent_messages) if each.id == sent)
    if simple := request["Content"].get("Simple"):
        message.text, message.body = (simple["Body"].get(kind, {}).get("Data", "") for kind in ("Text", "Html"))
    message.at = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"MessageId": message.id})


def mails(_request: Any, url: str, _headers: Any) -> tuple[int, dict[str, str], str]:
    """Responds with the mails in the order of sending. Each has a number and the same five texts.

    The query may have `latest=500` for the latest 500 mails, or `number=3` for one mail.
    """
    query = dict(parse_qsl(urlsplit(url).query))
    backends = [backend for account in ses_backends.values() for backend in account.values()]
    sent = list(enumerate((mail for backend in backends for mail in list(backend.sent_messages)), start=1))
    if "number" in query:
        sent = [(number, mail) for number, mail in sent if str(number) == query["number"]]
    chosen = sent[-int(query["latest"]) :] if "latest" in query else sent
    listed = [{"number": number, **_listed(mail)} for number, mail in chosen]
    return 200, {"Content-Type": "application/json"}, json.dumps(listed)


def _listed(mail: Any) -> dict[str, str]:
    # moto lists the recipients of a raw mail twice, because they are also in its headers.
    to = {parseaddr(address)[1]: address for address in _addresses(mail.destinations)}
    return {"at": getattr(mail, "at", ""), "to": ", ".join(to.values()), **_content(mail)}


def _addresses(destinations: Any) -> Iterator[str]:
    """Yields each address: of a list (raw mail), of lists by kind (mail), or of a list of destinations (bulk mail)."""
    match destinations:
        case str():
            yield destinations
        case {"Destination": to}:
            yield from _addresses(to)
        case _:
            for each in destinations.values() if isinstance(destinations, dict) else destinations:
                yield from _addresses(each)


def _content(mail: Any) -> dict[str, str]:
    if isinstance(mail, TemplateMessage):
        return {"subject": f"Template {mail.template}", "text": str(mail.template_data), "html": ""}
    if isinstance(mail, RawMessage):
        return _parsed(mail.raw_data)
    return {"subject": mail.subject, "text": getattr(mail, "text", ""), "html": mail.body}


def _parsed(raw: str) -> dict[str, str]:
    message: EmailMessage = email.message_from_bytes(raw.encode(), policy=email.policy.default)
    try:
        text, html = (_part(message, kind) for kind in ("plain", "html"))
        parsed = {"subject": str(message["subject"] or ""), "text": text, "html": html}
    except (LookupError, ValueError):  # an unknown charset, or a header that breaks the parser
        return {"subject": "", "text": raw, "html": ""}
    return parsed if text or html else {**parsed, "text": raw}


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()) if part else ""
