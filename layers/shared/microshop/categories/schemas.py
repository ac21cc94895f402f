"""Request bodies of changes of the category tree."""

import re
from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from microshop.categories.category import (
    MAX_NAME_LENGTH,
    MAX_POSITION,
    ROOT,
    CategoryDetails,
    Place,
    require_languages,
)
from microshop.limits import MAX_ID
from microshop.schemas import OR_BLANK, RequestModel, Text, field_error, line
from microshop.slugs import MAX_SLUG_LENGTH, SLUG_PATTERN


def slug(text: str) -> str:
    # Not pydantic's own pattern: its regular expressions have no look-ahead.
    if not re.fullmatch(SLUG_PATTERN, text):
        raise ValueError("must have lower-case letters a to z, digits and single hyphens, and not only digits")
    return text


Slug = Annotated[str, Field(max_length=MAX_SLUG_LENGTH), AfterValidator(slug)]
type Id = Annotated[int, Field(ge=1, le=MAX_ID)]
Version = Annotated[int, Field(ge=1)]


class SentCategoryText(RequestModel):
    """The texts of a category in one language."""

    name: Annotated[Text, line(MAX_NAME_LENGTH)]


SentTexts = dict[str, SentCategoryText]


class AddCategoryRequest(RequestModel):
    """POST /admin/categories: below a parent, or at the top."""

    texts: SentTexts
    slug: Annotated[Slug, OR_BLANK] | None = None
    parent_id: Id | None = None

    def details(self, languages: Sequence[str]) -> CategoryDetails:
        """Returns the fields; see `_details`."""
        return _details(self, languages)


class ChangeCategoryRequest(RequestModel):
    """PUT /admin/categories/{id}: replaces the texts of all languages; an omitted slug stays."""

    texts: SentTexts
    slug: Annotated[Slug, OR_BLANK] | None = None
    version: Version | None = None

    def details(self, languages: Sequence[str]) -> CategoryDetails:
        """Returns the fields; see `_details`."""
        return _details(self, languages)


class MoveCategoryRequest(RequestModel):
    """POST /admin/categories/{id}/move: to a parent or the top, and there to a position or before another child."""

    parent_id: Id | None = None
    position: Annotated[int, Field(ge=0, le=MAX_POSITION)] | None = None
    before_id: Id | None = None
    version: Version | None = None

    @model_validator(mode="after")
    def _check_place(self) -> Self:
        if self.position is not None and self.before_id is not None:
            raise field_error("before_id", "must not be sent together with position")
        return self

    def place(self, language: str) -> Place:
        """Returns where the category is moved to; `language` is the default language."""
        return Place(self.parent_id or ROOT, self.position, self.before_id, language)


def _details(sent: AddCategoryRequest | ChangeCategoryRequest, languages: Sequence[str]) -> CategoryDetails:
    """Returns the fields; `languages` are those of the catalogue.

    Raises:
        InvalidInput: names the language that is unknown or missing.
    """
    names = {language: text.name for language, text in sent.texts.items()}
    require_languages(names, languages)
    return CategoryDetails(names, sent.slug, names[languages[0]])
