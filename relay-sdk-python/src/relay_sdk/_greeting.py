"""HELLO and WELCOME, and what they agree on: epoch, resume token, store, limits. Plain code of the session's owner."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from relay_sdk import _protocol as p

VERSION = "0.1.0"
CONTEST_MS = 500
CONTEST_SUSPECT_MS = 5_000

#: What the daemon may tell this client without being asked.
EVENTS = ["dead_letter", "lane_halted", "presence", "state", "group", "proposal", "lifecycle", "breaker", "latest"]


@dataclasses.dataclass(frozen=True)
class SessionConfig:
    """Who we are and how much we take. `window_*`: delivered and not yet acked, per lane."""

    name: str
    namespace: str = "default"
    auth: str | None = None
    takeover: bool = False
    window_messages: int = 2_000
    window_bytes: int = 16 << 20


class Greeting:
    """See the module. Survives connections: the second HELLO names what the first WELCOME gave."""

    def __init__(self, config: SessionConfig) -> None:
        self._config = config
        self._resume: str | None = None
        self._store_uuid: str | None = None
        self._boot_no: int | None = None
        self._first_hello_ms = -1
        self._takes_over = config.takeover
        self.declared: dict[str, Any] = {}
        self.welcome: dict[str, Any] = {}
        self.ping_ms = 1_000

    def hello(self, epoch: int, floors: list[dict[str, Any]], now_ms: int) -> bytes:
        if self._first_hello_ms < 0:
            self._first_hello_ms = now_ms
        body: dict[str, Any] = self.declared | {
            "proto": [1, 1], "namespace": self._config.namespace, "name": self._config.name,
            "client": f"python/{VERSION}", "pid": os.getpid(), "events": EVENTS,
        }  # fmt: skip
        if self._resume is not None:
            body |= {"resume": self._resume, "epoch": epoch, "floors": floors}
            body |= {"boot_no": self._boot_no, "store_uuid": self._store_uuid}
        if self._config.auth is not None:
            body["auth"] = self._config.auth
        if self._takes_over:
            body["takeover"] = True
        return p.json_frame(p.HELLO, body)

    def accept(self, body: dict[str, Any]) -> bool:
        """Takes WELCOME; True when the daemon has another store than the one that we knew."""
        other_store = self._store_uuid is not None and self._store_uuid != body["store_uuid"]
        self.ping_ms = max(50, body.get("ping_ms", 1_000))
        self._store_uuid, self._boot_no = body["store_uuid"], body["boot_no"]
        self._resume = body["resume"]
        self.welcome = body
        return other_store

    def contests(self, code: str, owner_is_suspect: bool, now_ms: int) -> bool:
        """A new process whose predecessor has just died, or is silent, asks again for a while (I19). One that meets a
        live owner, or was admitted before, does not (D17).
        """
        if code != "NAME_IN_USE" or self._resume is not None:
            return False
        self._takes_over = owner_is_suspect or self._config.takeover
        return now_ms - self._first_hello_ms < (CONTEST_SUSPECT_MS if owner_is_suspect else CONTEST_MS)
