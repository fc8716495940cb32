"""The agents of the daemon: how they do, hold them and let them go, command them. For both clients.

Every call raises RelayRefused (NOT_FOUND, UNAUTHORIZED, BAD_REQUEST; RECIPIENT_OFFLINE for a command to an absent agent) or
RelayTimeout. Others than oneself are for operators to change; changes are audited by the daemon.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from relay_sdk._message import Message

COMMAND = "relay.command"
ALL = "*"
Row = dict[str, Any]
Command = Callable[[dict[str, Any]], Any]


def _lane(agent: str, sender: str | None, reason: str = "") -> Row:
    found = {"agent": agent, "reason": reason}
    return found if sender is None else found | {"sender": sender}


def command_body(command: str, args: dict[str, Any] | None) -> Row:
    return {"command": command, "args": args or {}}


class Commands:
    """The commands that an agent takes, by name; an unknown one is answered with an error."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, name: str, command: Command) -> None:
        self._commands[name] = command

    def _found(self, message: Message) -> tuple[Command, dict[str, Any]]:
        body = message.json()
        command = self._commands.get(str(body.get("command")))
        if command is None:
            raise LookupError(f"unknown command: {body.get('command')!r}; there are {sorted(self._commands)}")
        return command, dict(body.get("args") or {})

    def handle(self, message: Message) -> Any:
        command, args = self._found(message)
        return command(args)

    async def handle_async(self, message: Message) -> Any:
        command, args = self._found(message)
        answer = command(args)
        return await answer if inspect.isawaitable(answer) else answer


class Agents:
    """Of the synchronous client; any thread."""

    def __init__(self, control: Callable[..., Row]) -> None:
        self._control = control

    def health(self, agent: str) -> Row:
        """`score` 0 to 100, `level` ("normal", "warning", "critical") and `deductions` by name."""
        return self._control("agent.health", agent=agent)

    def metrics(self, agent: str) -> Row:
        """Ratios, handler percentiles, queue, lag, breaker, memory and processor time of its process, gauges."""
        return self._control("agent.metrics", agent=agent)

    def pause(self, agent: str, *, sender: str | None = None, reason: str = "") -> bool:
        """Holds what is sent to it (or its lane of `sender`), over daemon restarts, until `resume`. False: it was paused."""
        return bool(self._control("pause", **_lane(agent, sender, reason))["changed"])

    def resume(self, agent: str, *, sender: str | None = None) -> bool:
        return bool(self._control("resume", **_lane(agent, sender))["changed"])

    def resume_all(self) -> None:
        """After an emergency stop; the kill switch is released on its own."""
        self._control("resume", agent=ALL)

    def emergency_stop(self, reason: str) -> Row:
        """Pauses every agent and has the sidecar raise the kill switch; `kill_switch` says whether it was told."""
        return self._control("emergency_stop", reason=reason)

    def breakers(self) -> list[Row]:
        """Breakers that are not closed."""
        found: list[Row] = self._control("breaker.ls")["breakers"]
        return found

    def reset_breaker(self, agent: str) -> None:
        """Closes the breaker of an agent and those of its lanes before their time."""
        self._control("breaker.reset", agent=agent)

    def gauges(self, **values: Any) -> None:
        """Numbers, booleans or short texts of our own that appear in our row of `agents`; None removes one; at most 16."""
        self._control("gauges", values=values)


class AsyncAgents:
    """Of the asyncio client."""

    def __init__(self, control: Callable[..., Awaitable[Row]]) -> None:
        self._control = control

    async def health(self, agent: str) -> Row:
        """`score` 0 to 100, `level` ("normal", "warning", "critical") and `deductions` by name."""
        return await self._control("agent.health", agent=agent)

    async def metrics(self, agent: str) -> Row:
        """Ratios, handler percentiles, queue, lag, breaker, memory and processor time of its process, gauges."""
        return await self._control("agent.metrics", agent=agent)

    async def pause(self, agent: str, *, sender: str | None = None, reason: str = "") -> bool:
        """Holds what is sent to it (or its lane of `sender`), over daemon restarts, until `resume`. False: it was paused."""
        return bool((await self._control("pause", **_lane(agent, sender, reason)))["changed"])

    async def resume(self, agent: str, *, sender: str | None = None) -> bool:
        return bool((await self._control("resume", **_lane(agent, sender)))["changed"])

    async def resume_all(self) -> None:
        """After an emergency stop; the kill switch is released on its own."""
        await self._control("resume", agent=ALL)

    async def emergency_stop(self, reason: str) -> Row:
        """Pauses every agent and has the sidecar raise the kill switch; `kill_switch` says whether it was told."""
        return await self._control("emergency_stop", reason=reason)

    async def breakers(self) -> list[Row]:
        """Breakers that are not closed."""
        found: list[Row] = (await self._control("breaker.ls"))["breakers"]
        return found

    async def reset_breaker(self, agent: str) -> None:
        """Closes the breaker of an agent and those of its lanes before their time."""
        await self._control("breaker.reset", agent=agent)

    async def gauges(self, **values: Any) -> None:
        """Numbers, booleans or short texts of our own that appear in our row of `agents`; None removes one; at most 16."""
        await self._control("gauges", values=values)
