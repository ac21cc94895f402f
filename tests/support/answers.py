"""Reads the problem of a response in a form that tests compare."""

from requests import Response


def refusal(answer: Response) -> tuple[int, str]:
    """Returns the status and the last word of the problem's type: `(409, "out-of-stock")`."""
    return answer.status_code, str(answer.json()["type"]).rpartition(":")[2]


def refused_fields(answer: Response, status: int = 400) -> list[str]:
    """Returns the fields that a problem of this status names, or the text of any other answer."""
    if answer.status_code != status:
        return [answer.text]
    return [error["field"] for error in answer.json().get("errors", [])]
