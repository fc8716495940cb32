"""The agents of the daemon: how they do, hold them and let them go, command them. For both clients.

Every call raises RelayRefused (NOT_FOUND, UNAUTHORIZED, BAD_REQUEST; RECIPIENT_OFFLINE for a command to an absent agent) or
RelayTimeout. Others than oneself are for operators to change; changes are audited by the daemon.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from relay_sdk._errors import RelayRefused
from relay_sdk._message import Message, Reply

COMMAND = "relay.command"
ALL = "*"
SUPERVISOR = "supervisor"
SPAWN_TIMEOUT = 60.0
Row = dict[str, Any]
Command = Callable[[dict[str, Any]], Any]


def _lane(agent: str, sender: str | None, reason: str = "") -> Row:
    found = {"agent": agent, "reason": reason}
    return found if sender is None else found | {"sender": sender}


def command_body(command: str, args: dict[str, Any] | None) -> Row:
    return {"command": command, "args": args or {}}


def spawn_body(template: str, name: str, args: dict[str, Any]) -> Row:
    return {"template": template, "name": name, "args": {key: str(value) for key, value in args.items()}}


def supervisor_answer(command: str, reply: Reply) -> Row:
    """The supervisor's answer; RelayRefused with its code when it did not do it (NOT_READY with the end of the agent's log)."""
    answer: Row = dict(reply.json())
    if answer.pop("ok", False) is not True:
        raise RelayRefused(str(answer.get("code")), f"{command}: {answer.get('message')}")
    return answer


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

    def __init__(self, control: Callable[..., Row], command: Callable[..., Reply]) -> None:
        self._control = control
        self._command = command

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

    def spawn(self, template: str, name: str, *, timeout: float = SPAWN_TIMEOUT, **args: Any) -> Row:
        """Has the supervisor start an agent from a template and waits until it is connected; its row.

        RelayRefused NOT_READY, with the end of its log, when it does not come up; NOT_FOUND (no such template), BAD_REQUEST
        (arguments), NAME_IN_USE, UNAUTHORIZED, RECIPIENT_OFFLINE (no supervisor).
        """
        return self._supervisor("spawn", spawn_body(template, name, args), timeout)

    def release(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Row:
        """Has the supervisor end an agent that it started: SIGTERM, after its grace SIGKILL."""
        return self._supervisor("release", {"name": name}, timeout)

    def restart(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Row:
        """Has the supervisor end and start it, and waits until it is connected again."""
        return self._supervisor("restart", {"name": name}, timeout)

    def supervised(self) -> list[Row]:
        """What the supervisor keeps, with state, pid, restarts and last exit."""
        found: list[Row] = self._supervisor("list", {}, 10.0)["agents"]
        return found

    def logs(self, name: str) -> list[str]:
        """The last lines that an agent of the supervisor logged."""
        found: list[str] = self._supervisor("logs", {"name": name}, 10.0)["lines"]
        return found

    def _supervisor(self, command: str, args: Row, timeout: float) -> Row:
        reply = self._command(SUPERVISOR, command, args, timeout=timeout)
        return supervisor_answer(command, reply)


class AsyncAgents:
    """Of the asyncio client."""

    def __init__(self, control: Callable[..., Awaitable[Row]], command: Callable[..., Awaitable[Reply]]) -> None:
        self._control = control
        self._command = command

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

    async def spawn(self, template: str, name: str, *, timeout: float = SPAWN_TIMEOUT, **args: Any) -> Row:
        """Has the supervisor start an agent from a template and waits until it is connected; its row.

        RelayRefused NOT_READY, with the end of its log, when it does not come up; NOT_FOUND (no such template), BAD_REQUEST
        (arguments), NAME_IN_USE, UNAUTHORIZED, RECIPIENT_OFFLINE (no supervisor).
        """
        return await self._supervisor("spawn", spawn_body(template, name, args), timeout)

    async def release(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Row:
        """Has the supervisor end an agent that it started: SIGTERM, after its grace SIGKILL."""
        return await self._supervisor("release", {"name": name}, timeout)

    async def restart(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Row:
        """Has the supervisor end and start it, and waits until it is connected again."""
        return await self._supervisor("restart", {"name": name}, timeout)

    async def supervised(self) -> list[Row]:
        """What the supervisor keeps, with state, pid, restarts and last exit."""
        found: list[Row] = (await self._supervisor("list", {}, 10.0))["agents"]
        return found

    async def logs(self, name: str) -> list[str]:
        """The last lines that an agent of the supervisor logged."""
        found: list[str] = (await self._supervisor("logs", {"name": name}, 10.0))["lines"]
        return found

    async def _supervisor(self, command: str, args: Row, timeout: float) -> Row:
        reply = await self._command(SUPERVISOR, command, args, timeout=timeout)
        return supervisor_answer(command, reply)
