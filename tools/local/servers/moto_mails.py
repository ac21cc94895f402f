"""Lists the mails that moto's SES took.

moto's `data.json` cannot: it evaluates every property of every object, and one property fails for a part of an upload,
which is in no bucket.
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
    """As moto does, but sends templates too, and keeps the text beside the HTML, and the time."""
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
    """Mails in the order of sending, each with its number and the same five texts.

    The query may be `latest=500`, for so many of them, or `number=3`, for this one.
    """
    asked = dict(parse_qsl(urlsplit(url).query))
    backends = [backend for account in ses_backends.values() for backend in account.values()]
    sent = list(enumerate((mail for backend in backends for mail in list(backend.sent_messages)), start=1))
    if "number" in asked:
        sent = [(number, mail) for number, mail in sent if str(number) == asked["number"]]
    chosen = sent[-int(asked["latest"]) :] if "latest" in asked else sent
    listed = [{"number": number, **_listed(mail)} for number, mail in chosen]
    return 200, {"Content-Type": "application/json"}, json.dumps(listed)


def _listed(mail: Any) -> dict[str, str]:
    # A raw mail's recipients are in its headers too, and moto adds both.
    to = {parseaddr(address)[1]: address for address in _addresses(mail.destinations)}
    return {"at": getattr(mail, "at", ""), "to": ", ".join(to.values()), **_content(mail)}


def _addresses(destinations: Any) -> Iterator[str]:
    """Yields each address of a raw mail's list, a mail's lists by kind, or a bulk mail's list of destinations."""
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
