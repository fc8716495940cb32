"""What is known of shared states: `StateSender` of an agent's own, `StateReplicas` of those that it watches. Plain code.

The sender finds what differs from what the daemon has confirmed; the replicas take what the daemon tells, and say where a
change does not fit. Not thread-safe: who owns them has the lock.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from typing import Any

CHUNK_BYTES = 32 << 10
Json = dict[str, Any]


@dataclasses.dataclass(frozen=True)
class StateChange:
    """A watched state has changed. `whole`: told entirely, at the beginning, after a reconnect, or when changes were missed."""

    agent: str
    version: int
    state: Json
    changed: frozenset[str]
    removed: frozenset[str]
    whole: bool


class StateSender:
    """What of an agent's own state the daemon has confirmed. What is under way counts as unknown."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self.version = 0

    def changes(self, values: Mapping[str, Any], remove: Iterable[str]) -> list[Json]:
        """What to send, in order, as arguments of `state.update`."""
        found: list[Json] = []
        chunk: Json = {}
        size = 0
        for key, value in values.items():
            text = _text(value)
            if self._told.get(key) == text:
                continue
            more = len(key) + len(text)
            if chunk and size + more > CHUNK_BYTES:
                found.append({"set": chunk})
                chunk, size = {}, 0
            chunk[key] = value
            size += more
        removed = list(dict.fromkeys(remove))
        if chunk or removed:
            found.append(({"set": chunk} if chunk else {}) | ({"remove": removed} if removed else {}))
        return found

    def writing(self, change: Json) -> None:
        """Until it is confirmed nobody knows these keys."""
        for key in [*change.get("set", ()), *change.get("remove", ())]:
            self._told.pop(key, None)

    def confirmed(self, change: Json, version: int) -> None:
        self.version = version
        for key, value in change.get("set", {}).items():
            self._told[key] = _text(value)

    def repair(self, daemon_version: int) -> list[Json]:
        """After a reconnect: what to send again, as the daemon is at another version than it told last."""
        if daemon_version == self.version or not self._told:
            return []
        told, self._told = self._told, {}
        return self.changes({key: json.loads(text) for key, text in told.items()}, ())

    @property
    def has_told(self) -> bool:
        return bool(self._told)


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)


class _Replica:
    def __init__(self) -> None:
        self.state: Json = {}
        self.version = 0
        self.asked = False
        self.old = False  # of a former connection: the daemon tells all of it, unless it knows nothing
        self.pages: Json | None = None
        self.pages_version = 0


class StateReplicas:
    """What a watcher knows. A change that does not fit the version is a gap: its agent's whole state is asked for, once."""

    def __init__(self) -> None:
        self._replicas: dict[str, _Replica] = {}
        self.gaps: list[str] = []
        self.gap_count = 0

    def take(self, event: Json) -> StateChange | None:
        """Takes an EVENT `state`; None when it changed nothing."""
        agent, version = str(event["agent"]), int(event["version"])
        replica = self._replicas.setdefault(agent, _Replica())
        if "state" in event:
            return self._page(agent, replica, version, event)
        if replica.old and event["from"] == 0:  # a daemon with another store: the agent begins anew
            replica = self._replicas[agent] = _Replica()
        if version <= replica.version:
            return None
        if event["from"] != replica.version:
            self.gap_count += 1
            if not replica.asked:
                replica.asked = True
                self.gaps.append(agent)
            return None
        values, removed = event.get("set", {}), event.get("remove", [])
        replica.state.update(values)
        for key in removed:
            replica.state.pop(key, None)
        replica.version = version
        return StateChange(agent, version, dict(replica.state), frozenset(values), frozenset(removed), False)

    def _page(self, agent: str, replica: _Replica, version: int, event: Json) -> StateChange | None:
        if event.get("first"):
            replica.pages, replica.pages_version = {}, version
        if replica.pages is None or replica.pages_version != version:
            return None
        replica.pages.update(event["state"])
        if event.get("more"):
            return None
        old, replica.state, replica.pages = replica.state, replica.pages, None
        replica.version, replica.asked, replica.old = version, False, False
        changed = frozenset(key for key, value in replica.state.items() if key not in old or old[key] != value)
        return StateChange(agent, version, dict(replica.state), changed, frozenset(old.keys() - replica.state.keys()), True)

    def not_asked(self, agent: str) -> None:
        """The question had no answer: the next gap asks again."""
        if agent in self._replicas:
            self._replicas[agent].asked = False

    def reconnected(self) -> None:
        """Whole states come for everything that is watched again; what was on its way is lost."""
        self.gaps.clear()
        for replica in self._replicas.values():
            replica.pages, replica.asked, replica.old = None, True, True

    def state(self, agent: str) -> Json | None:
        replica = self._replicas.get(agent)
        return None if replica is None else dict(replica.state)
