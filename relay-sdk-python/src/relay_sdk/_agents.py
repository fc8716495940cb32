"""The agents of the daemon: how they do, hold them and let them go, command them. For both clients.

Every call raises RelayRefused (NOT_FOUND, UNAUTHORIZED, BAD_REQUEST; RECIPIENT_OFFLINE for a command to an absent agent) or
RelayTimeout. Others than oneself are for operators to change; changes are audited by the daemon.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from relay_sdk._errors import RelayRefused
from relay_sdk._message import Message, Reply
from relay_sdk._steps import Both, Desk, Step, Steps, awaited, blocking

COMMAND = "relay.command"
ALL = "*"
SUPERVISOR = "supervisor"
SPAWN_TIMEOUT = 60.0
COMMAND_TIMEOUT = 10.0
Row = dict[str, Any]
Command = Callable[[dict[str, Any]], Any]


def _lane(agent: str, sender: str | None, reason: str = "") -> Row:
    found = {"agent": agent, "reason": reason}
    return found if sender is None else found | {"sender": sender}


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


class AgentOperations:
    _request: Callable[..., Any]

    def health(self, agent: str) -> Steps[Row]:
        """`score` 0 to 100, `level` ("normal", "warning", "critical") and `deductions` by name."""
        return (yield Step("agent.health", {"agent": agent}))

    def metrics(self, agent: str) -> Steps[Row]:
        """Ratios, handler percentiles, queue, lag, breaker, memory and processor time of its process, gauges."""
        return (yield Step("agent.metrics", {"agent": agent}))

    def pause(self, agent: str, reason: str = "", *, sender: str | None = None) -> Steps[bool]:
        """Holds what is sent to it (or its lane of `sender`), over daemon restarts, until `resume`. False: it was paused."""
        return bool((yield Step("pause", _lane(agent, sender, reason)))["changed"])

    def resume(self, agent: str, *, sender: str | None = None) -> Steps[bool]:
        """Lets it go on. False: it was not paused."""
        return bool((yield Step("resume", _lane(agent, sender)))["changed"])

    def resume_all(self) -> Steps[None]:
        """After an emergency stop; the kill switch is released on its own."""
        yield Step("resume", {"agent": ALL})

    def emergency_stop(self, reason: str) -> Steps[Row]:
        """Pauses every agent and has the sidecar raise the kill switch; `kill_switch` says whether it was told."""
        return (yield Step("emergency_stop", {"reason": reason}))

    def breakers(self) -> Steps[list[Row]]:
        """Breakers that are not closed."""
        found: list[Row] = (yield Step("breaker.ls", {}))["breakers"]
        return found

    def reset_breaker(self, agent: str) -> Steps[None]:
        """Closes the breaker of an agent and those of its lanes before their time."""
        yield Step("breaker.reset", {"agent": agent})

    def gauges(self, /, **values: Any) -> Steps[None]:
        """Numbers, booleans or short texts of our own that appear in our row of `agents`; None removes one; at most 16."""
        yield Step("gauges", {"values": values})

    def send_command(
        self: Any, agent: str, command: str, args: dict[str, Any] | None = None, *, timeout: float = COMMAND_TIMEOUT
    ) -> Steps[Reply]:
        """Commands an agent that is connected and waits for its answer; for operators."""
        body = {"command": command, "args": args or {}}
        answer: Any = yield Both(lambda: self._request(agent, COMMAND, body, timeout=timeout))
        reply: Reply = answer
        return reply

    def spawn(self, /, template: str, name: str, *, timeout: float = SPAWN_TIMEOUT, **args: Any) -> Steps[Row]:
        """Has the supervisor start an agent from a template and waits until it is connected; its row.

        RelayRefused NOT_READY, with the end of its log, when it does not come up; NOT_FOUND (no such template), BAD_REQUEST
        (arguments), NAME_IN_USE, UNAUTHORIZED, RECIPIENT_OFFLINE (no supervisor).
        """
        body = {"template": template, "name": name, "args": {key: str(value) for key, value in args.items()}}
        return (yield from _supervise(self, "spawn", body, timeout))

    def release(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Steps[Row]:
        """Has the supervisor end an agent that it started: SIGTERM, after its grace SIGKILL."""
        return (yield from _supervise(self, "release", {"name": name}, timeout))

    def restart(self, name: str, *, timeout: float = SPAWN_TIMEOUT) -> Steps[Row]:
        """Has the supervisor end and start it, and waits until it is connected again."""
        return (yield from _supervise(self, "restart", {"name": name}, timeout))

    def supervised(self) -> Steps[list[Row]]:
        """What the supervisor keeps, with state, pid, restarts and last exit."""
        found: list[Row] = (yield from _supervise(self, "list", {}, COMMAND_TIMEOUT))["agents"]
        return found

    def logs(self, name: str) -> Steps[list[str]]:
        """The last lines that an agent of the supervisor logged."""
        found: list[str] = (yield from _supervise(self, "logs", {"name": name}, COMMAND_TIMEOUT))["lines"]
        return found


def _supervise(desk: AgentOperations, command: str, args: Row, timeout: float) -> Steps[Row]:
    """The supervisor's answer; RelayRefused with its code when it did not do it (NOT_READY with the end of the agent's log)."""
    reply = yield from AgentOperations.send_command(desk, SUPERVISOR, command, args, timeout=timeout)
    answer: Row = dict(reply.json())
    if answer.pop("ok", False) is not True:
        raise RelayRefused(str(answer.get("code")), f"{command}: {answer.get('message')}")
    return answer


class _Desk(Desk):
    """`request` is the client's method, for what is asked of agents and not of the daemon."""

    def __init__(self, control: Callable[..., Any], request: Callable[..., Any]) -> None:
        super().__init__(control)
        self._request = request


class Agents(_Desk):
    """Of the synchronous client; any thread."""

    health = blocking(AgentOperations.health)
    metrics = blocking(AgentOperations.metrics)
    pause = blocking(AgentOperations.pause)
    resume = blocking(AgentOperations.resume)
    resume_all = blocking(AgentOperations.resume_all)
    emergency_stop = blocking(AgentOperations.emergency_stop)
    breakers = blocking(AgentOperations.breakers)
    reset_breaker = blocking(AgentOperations.reset_breaker)
    gauges = blocking(AgentOperations.gauges)
    send_command = blocking(AgentOperations.send_command)
    spawn = blocking(AgentOperations.spawn)
    release = blocking(AgentOperations.release)
    restart = blocking(AgentOperations.restart)
    supervised = blocking(AgentOperations.supervised)
    logs = blocking(AgentOperations.logs)


class AsyncAgents(_Desk):
    """Of the asyncio client."""

    health = awaited(AgentOperations.health)
    metrics = awaited(AgentOperations.metrics)
    pause = awaited(AgentOperations.pause)
    resume = awaited(AgentOperations.resume)
    resume_all = awaited(AgentOperations.resume_all)
    emergency_stop = awaited(AgentOperations.emergency_stop)
    breakers = awaited(AgentOperations.breakers)
    reset_breaker = awaited(AgentOperations.reset_breaker)
    gauges = awaited(AgentOperations.gauges)
    send_command = awaited(AgentOperations.send_command)
    spawn = awaited(AgentOperations.spawn)
    release = awaited(AgentOperations.release)
    restart = awaited(AgentOperations.restart)
    supervised = awaited(AgentOperations.supervised)
    logs = awaited(AgentOperations.logs)
