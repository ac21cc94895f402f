"""The base of every request model: strict types, no unknown fields, no surrounding blanks."""

from pydantic import BaseModel, ConfigDict


class RequestModel(BaseModel):
    """A JSON body; `1` is not `"1"`, and a field that the endpoint does not know is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
