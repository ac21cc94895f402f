"""Lays out the dashboard and writes it into infra/observability.yaml.

Routes come from the templates, thresholds from the alarms.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tools import ROOT
from tools.documents.dashboard.rows import rows
from tools.documents.dashboard.server_rows import SERVER_ROWS
from tools.documents.sections import with_section
from tools.templates.files import templates
from tools.templates.sam import load

if TYPE_CHECKING:
    from pathlib import Path

    from tools.documents.dashboard.widgets import Row

TEMPLATE = ROOT / "infra" / "observability.yaml"
_BEGIN = "  # The dashboard is written by `make documents`.\n"
_END = "  # The end of the dashboard.\n"
_COLUMNS = 24
_UNQUOTED = re.compile(r'"(\$\{(?:Dimensions|Storage)\})"')  # their values in the template have quotes
_HEADING_HEIGHT = 1
_DEPTHS = (10, 16, 14)  # the indentation of the three placeholders in the template


@dataclass
class _Layout:
    """Places rows below each other, and the widgets of a row side by side, with line breaks."""

    top: int = 0
    placed: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: Row) -> None:
        if row.title:
            heading = {"type": "text", "properties": {"markdown": f"## {row.title}"}}
            self._place(heading, 0, _COLUMNS, _HEADING_HEIGHT)
            self.top += _HEADING_HEIGHT
        left, height = 0, 0
        for widget in row.widgets:
            if left + widget.width > _COLUMNS:
                self.top, left, height = self.top + height, 0, 0
            self._place(widget.body, left, widget.width, widget.height)
            left, height = left + widget.width, max(height, widget.height)
        self.top += height

    def _place(self, body: dict[str, Any], left: int, width: int, height: int) -> None:
        self.placed.append({"x": left, "y": self.top, "width": width, "height": height, **body})


def routes() -> list[tuple[str, str]]:
    """Returns method and path of every endpoint in the order of the templates, without HEAD."""
    return [
        (event["Properties"]["Method"].upper(), event["Properties"]["Path"])
        for file in templates()
        for resource in load(file)["Resources"].values()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] != "head"
    ]


def dashboard_resource() -> str:
    """Returns the expected text of the dashboard's resource in the template."""
    resources = load(TEMPLATE)["Resources"]
    alarms = {
        name: resource["Properties"]["Threshold"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Condition" not in resource
    }
    layout = _Layout()
    for row in rows(routes(), alarms):
        layout.add(row)
    parts = [_lines(layout.placed)]
    for row in SERVER_ROWS:
        before = len(layout.placed)
        layout.add(row)
        parts.append(_lines(layout.placed[before:]))
    indented = (part.replace("\n", "\n" + " " * depth) for part, depth in zip(parts, _DEPTHS, strict=True))
    return _RESOURCE.format(*indented)


def documents() -> dict[Path, str]:
    """Returns the template with its expected text."""
    return {TEMPLATE: with_section(TEMPLATE.read_text(encoding="utf-8"), _BEGIN, _END, dashboard_resource())}


def _lines(widgets: list[dict[str, Any]]) -> str:
    text = ",\n".join(json.dumps(widget, ensure_ascii=False) for widget in widgets)
    return _UNQUOTED.sub(r"\1", text)


_RESOURCE = """\
  Dashboard:
    Type: AWS::CloudWatch::Dashboard
    Properties:
      DashboardName: !Sub "microshop-${{Stage}}-${{AWS::Region}}"  # dashboards belong to the account, not to a region
      DashboardBody: !Sub
        - |
          {{"start":"-PT12H","periodOverride":"inherit","widgets":[
          {0}${{DatabaseRow}}${{RedisRow}}
          ]}}
        - DatabaseRow: !If
            - HasDatabase
            - !Sub
              - |
                ,
                {1}
              - Dimensions: !If
                  - IsAurora
                  - !Sub '"DBClusterIdentifier","${{DatabaseIdentifier}}","Role","WRITER"'
                  - !Sub '"DBInstanceIdentifier","${{DatabaseIdentifier}}"'
                Storage: !If
                  - IsAurora
                  - !Sub '"AuroraVolumeBytesLeftTotal","DBClusterIdentifier","${{DatabaseIdentifier}}"'
                  - !Sub '"FreeStorageSpace","DBInstanceIdentifier","${{DatabaseIdentifier}}"'
            - ""
          RedisRow: !If
            - HasRedis
            - !Sub |
              ,
              {2}
            - ""

"""
