"""A line as SVG, and as one row of blocks for terminals. No dependency."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH, HEIGHT, MARGIN = 800, 240, 40


def sparkline(values: Sequence[float], width: int = 60) -> str:
    if not values:
        return "no data"
    step = max(1, -(-len(values) // width))
    thinned = values[::step]
    low, high = min(thinned), max(thinned)
    span = (high - low) or 1.0
    return "".join(BLOCKS[min(7, int((value - low) / span * 8))] for value in thinned)


def svg(points: Sequence[tuple[int, float]], title: str) -> str:
    """`points`: (ms since 1970, value), in order of time."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/><text x="{MARGIN}" y="20">{escape(title)}</text>'
    )
    if len(points) < 2:
        return head + f'<text x="{MARGIN}" y="{HEIGHT // 2}">not enough data</text></svg>\n'
    first, last = points[0][0], points[-1][0]
    values = [value for _, value in points]
    low, high = min(values), max(values)

    def place(at_ms: int, value: float) -> str:
        x = MARGIN + (at_ms - first) / ((last - first) or 1) * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (value - low) / ((high - low) or 1.0) * (HEIGHT - 2 * MARGIN)
        return f"{x:.1f},{y:.1f}"

    line = " ".join(place(at_ms, value) for at_ms, value in points)
    return (
        f'{head}<polyline fill="none" stroke="#0645ad" stroke-width="1.5" points="{line}"/>'
        f'<text x="{MARGIN}" y="{MARGIN - 6}" fill="#555">{high:.2f}</text>'
        f'<text x="{MARGIN}" y="{HEIGHT - MARGIN + 16}" fill="#555">{low:.2f}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 8}" fill="#555" text-anchor="end">{(last - first) / 1000:.0f} s</text>'
        "</svg>\n"
    )
