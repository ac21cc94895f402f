"""Horizontal bar charts as SVG. The same chart always gives the same text, so that git shows only new figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

_WIDTH = 780
_LETTER = 6.6  # average width of a letter in 12 pixels of a sans-serif font
_ROW = 20
_TOP = 40
_MARGIN = 14
_SHOP, _OTHER, _LIMIT = "#2563eb", "#94a3b8", "#dc2626"


@dataclass(frozen=True)
class Bar:
    """A bar. What the shop is compared with has another colour."""

    label: str
    value: float
    is_shop: bool = True


@dataclass(frozen=True)
class BarChart:
    """A chart. `name` is a part of its file's name, `limit` a line across the bars, such as a budget."""

    name: str
    title: str
    unit: str
    bars: tuple[Bar, ...]
    limit: float | None = None


def drawn(chart: BarChart) -> str:
    """Returns the chart as SVG. Its own white background makes it readable in dark pages too."""
    height = _TOP + _ROW * len(chart.bars) + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#0f172a" role="img">'
    )
    return "\n".join((head, *_shapes(chart, height), "</svg>", ""))


def _shapes(chart: BarChart, height: int) -> Iterator[str]:
    yield f"<title>{escape(chart.title)}</title>"
    yield f'<rect width="{_WIDTH}" height="{height}" rx="6" fill="#ffffff"/>'
    title = f"{escape(chart.title)} ({escape(chart.unit)})"
    yield f'<text x="{_MARGIN}" y="20" font-size="14" font-weight="600">{title}</text>'
    left = _MARGIN + 8 + round(_LETTER * max(len(bar.label) for bar in chart.bars))
    values = max(len(_number(bar.value)) for bar in chart.bars)
    scale = (_WIDTH - left - _MARGIN - 8 - _LETTER * values) / max(*(bar.value for bar in chart.bars), chart.limit or 0)
    for number, bar in enumerate(chart.bars):
        y = _TOP + _ROW * number
        length = round(bar.value * scale, 1)
        yield f'<text x="{left - 8}" y="{y + 13}" text-anchor="end">{escape(bar.label)}</text>'
        yield f'<rect x="{left}" y="{y + 2}" width="{length}" height="14" fill="{_SHOP if bar.is_shop else _OTHER}"/>'
        yield f'<text x="{round(left + length + 5, 1)}" y="{y + 13}">{_number(bar.value)}</text>'
    if chart.limit is not None:
        x = round(left + chart.limit * scale, 1)
        yield f'<path d="M{x} {_TOP - 2}V{height - _MARGIN + 2}" stroke="{_LIMIT}" stroke-dasharray="4 3"/>'
        yield f'<text x="{x}" y="{_TOP - 6}" text-anchor="middle" fill="{_LIMIT}">{_number(chart.limit)}</text>'


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
