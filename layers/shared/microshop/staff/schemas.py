"""Request bodies of the endpoints for staff and roles."""

from typing import Annotated

from pydantic import Field, field_validator

from microshop.api_keys.api_key import KEY_SCOPES, MAX_LIFETIME_DAYS
from microshop.limits import MAX_ID
from microshop.schemas import RequestModel, Text, line
from microshop.scopes import Scope

_MAX_ROLE_NAME_LENGTH = 50  # the column's
_MAX_ROLES = 20  # of one account

RoleId = Annotated[int, Field(ge=1, le=MAX_ID)]
RoleName = Annotated[Text, line(_MAX_ROLE_NAME_LENGTH)]
# More than there are scopes, so that duplicates are accepted.
Scopes = Annotated[list[Scope], Field(max_length=50)]


class SetRolesRequest(RequestModel):
    """PUT /admin/staff/{id}/roles: all roles that the account shall have; none ends its membership."""

    role_ids: Annotated[list[RoleId], Field(max_length=_MAX_ROLES)]


class CreateRoleRequest(RequestModel):
    """POST /admin/roles."""

    name: RoleName
    scopes: Scopes


class CreateApiKeyRequest(RequestModel):
    """POST /admin/api-keys: a key for at most a year."""

    name: RoleName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    days: Annotated[int, Field(ge=1, le=MAX_LIFETIME_DAYS)] = 90

    @field_validator("scopes")
    @classmethod
    def _check_scopes(cls, scopes: list[Scope]) -> list[Scope]:
        if not KEY_SCOPES.issuperset(scopes):
            raise ValueError("must not contain manage_staff, because keys cannot manage staff or keys")
        return scopes


class ChangeRoleRequest(RequestModel):
    """PUT /admin/roles/{id}: replaces name and scopes."""

    name: RoleName
    scopes: Scopes
    version: Annotated[int, Field(ge=1)] | None = None
