"""The request body of notes."""

from typing import Annotated

from microshop.schemas import RequestModel, Text, remark

MAX_NOTE_LENGTH = 1000  # the length of the column


class AddNoteRequest(RequestModel):
    """POST /admin/orders/{id}/notes."""

    text: Annotated[Text, remark(MAX_NOTE_LENGTH)]
