"""Small SVG plots without a library: bars with their spread, and lines over a logarithmic axis. Readable on white and on black."""

import math
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

COLOURS = ("#2f6fde", "#7a8699", "#c2571a", "#e0a030", "#3c9d5d")
INK, FAINT = "#70757d", "#70757d40"
STYLE = f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}"'


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def scaled(origin: float, factor: float, value: float) -> float:
    return origin + value * factor


def bars(file: Path, title: str, unit: str, rows: Sequence[tuple[str, float, float, float]]) -> None:
    """One bar a row: label, median, least, greatest (a thin line)."""
    left, width, step = 230, 360, 30
    top = max(r[3] for r in rows) or 1.0
    parts = [f'<text x="0" y="16" font-weight="bold">{escaped(title)} ({escaped(unit)})</text>']
    for n, (label, median, low, high) in enumerate(rows):
        y, x = 30 + n * step, partial(scaled, left, width / top)
        parts += [
            f'<text x="{left - 8}" y="{y + 14}" text-anchor="end">{escaped(label)}</text>',
            f'<rect x="{left}" y="{y}" width="{max(1.0, median / top * width):.1f}" height="20" fill="{COLOURS[n % len(COLOURS)]}"/>',
            f'<line x1="{x(low):.1f}" x2="{x(high):.1f}" y1="{y + 10}" y2="{y + 10}" stroke="{INK}" stroke-width="2"/>',
            f'<text x="{x(max(median, high)) + 6:.1f}" y="{y + 14}">{figure(median)}</text>',
        ]
    write(file, left + width + 80, 40 + len(rows) * step, parts)


def lines(file: Path, title: str, unit: str, series: Mapping[str, Sequence[tuple[float, float]]], across: str) -> None:
    """Lines over a logarithmic horizontal axis; the vertical axis begins at zero, so that flat is flat."""
    left, width, height, top = 60, 480, 200, 30
    xs = [x for points in series.values() for x, _ in points]
    high = max(y for points in series.values() for _, y in points) or 1.0
    low_x, span = math.log10(min(xs)), (math.log10(max(xs)) - math.log10(min(xs))) or 1.0

    def at(x: float, y: float) -> tuple[float, float]:
        return left + (math.log10(x) - low_x) / span * width, top + height - y / high * height

    parts = [f'<text x="0" y="16" font-weight="bold">{escaped(title)} ({escaped(unit)})</text>']
    for share in (0.0, 0.5, 1.0):
        y = top + height - share * height
        parts += [
            f'<line x1="{left}" x2="{left + width}" y1="{y}" y2="{y}" stroke="{FAINT}"/>',
            f'<text x="{left - 6}" y="{y + 4}" text-anchor="end">{figure(high * share)}</text>',
        ]
    for x in sorted(set(xs)):
        parts.append(f'<text x="{at(x, 0)[0]:.1f}" y="{top + height + 18}" text-anchor="middle">{x:,.0f}</text>')
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 36}" text-anchor="middle">{escaped(across)}</text>')
    for n, (name, points) in enumerate(series.items()):
        colour = COLOURS[n % len(COLOURS)]
        path = " ".join(f"{at(x, y)[0]:.1f},{at(x, y)[1]:.1f}" for x, y in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{at(x, y)[0]:.1f}" cy="{at(x, y)[1]:.1f}" r="3" fill="{colour}"/>' for x, y in points]
        parts.append(f'<text x="{left + width + 12}" y="{at(*points[-1])[1] + 4:.1f}" fill="{colour}">{escaped(name)}</text>')
    write(file, left + width + 220, top + height + 50, parts)


def write(file: Path, width: float, height: float, parts: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    body = "\n".join(parts)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" {STYLE}>\n{body}\n</svg>\n', encoding="utf-8"
    )
