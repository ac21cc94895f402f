"""Copies the settings that both APIs share from template.yaml to the template of the back office."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from tools import ROOT
from tools.documents.sections import with_parts

if TYPE_CHECKING:
    from pathlib import Path

_SOURCE = "template.yaml"
_COPY = ROOT / "infra" / "backoffice.yaml"
_PART = "settings of both APIs"
_BEGIN = f"      # copied to infra/backoffice.yaml by `make documents`: {_PART}\n"
_END = f"      # end: {_PART}\n"


def documents() -> dict[Path, str]:
    """Returns the back office's template and its expected text."""
    settings = (ROOT / _SOURCE).read_text(encoding="utf-8").partition(_BEGIN)[2].partition(_END)[0]
    return {_COPY: with_parts(_COPY.read_text(encoding="utf-8"), _SOURCE, {_PART: textwrap.dedent(settings)})}
