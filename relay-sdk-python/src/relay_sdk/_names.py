"""The naming rules of agents, topics and patterns, and how a pattern matches a topic."""

from __future__ import annotations

import re

_AGENT = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SEGMENT = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MAX_SEGMENTS = 8


def is_agent(name: str) -> bool:
    return _AGENT.fullmatch(name) is not None


def is_topic(topic: str) -> bool:
    segments = topic.split(".")
    return len(segments) <= _MAX_SEGMENTS and all(_SEGMENT.fullmatch(s) for s in segments)


def is_pattern(pattern: str) -> bool:
    segments = pattern.split(".")
    if len(segments) > _MAX_SEGMENTS:
        return False
    head = segments[:-1] if segments[-1] == ">" else segments
    return all(s == "*" or _SEGMENT.fullmatch(s) for s in head)


def matches(pattern: str, topic: str) -> bool:
    """`*` stands for one segment, a last `>` for one or more."""
    wanted, given = pattern.split("."), topic.split(".")
    if wanted[-1] == ">":
        wanted = wanted[:-1]
        if len(given) <= len(wanted):
            return False
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(w in ("*", g) for w, g in zip(wanted, given, strict=True))
