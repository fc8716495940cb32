"""Reads a counter of the sidecar's admin page."""

from __future__ import annotations

import urllib.request

TIMEOUT_S = 2.0


def total(admin: str, name: str) -> float:
    """Sum of all series of this name. URLError when nobody answers, ValueError when it is no number."""
    with urllib.request.urlopen(f"{admin}/metrics", timeout=TIMEOUT_S) as page:
        text = page.read().decode()
    series = (line for line in text.splitlines() if line.startswith((name + "{", name + " ")))
    return sum(float(line.rsplit(" ", 1)[1]) for line in series)
