"""Decisions of a group: somebody proposes, voters are asked by a durable message, the daemon counts by a rule.

What is undecided in time is denied. Refusals: BAD_REQUEST (also for a second vote), NO_SUCH_RECIPIENT, UNAUTHORIZED for who
is no voter, NOT_FOUND for what is no longer open.
"""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relay_sdk._errors import RelayError, RelayRefused, RelayTimeout
from relay_sdk._steps import Step, Steps, run, run_async

QUESTION = "relay.proposal"
DAEMON = "relay-daemon"
GRACE = 10.0
RECONNECT = 0.05
Json = dict[str, Any]
Voters = Sequence[str] | Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Vote:
    """What a voter says, and why: "yes", "no" or "abstain" (cast and not yes)."""

    word: str
    reason: str = ""


@dataclasses.dataclass(frozen=True)
class Decision:
    """How a proposal ended; `why`: "votes" or "timeout"."""

    proposal: int
    approved: bool
    why: str
    votes: dict[str, Vote]


@dataclasses.dataclass(frozen=True)
class Question:
    """A proposal as its voters are asked."""

    proposal: int
    title: str
    body: Any
    by: str
    rule: str
    weight: int
    left_ms: int


def _decision(body: Json) -> Decision:
    votes = {name: Vote(vote["vote"], vote["reason"]) for name, vote in body["votes"].items()}
    return Decision(body["proposal"], body["decision"] == "approved", body["why"], votes)


def _open(title: str, voters: Voters, rule: str, timeout: float, body: Any, threshold: int) -> Steps[int]:
    who = dict(voters) if isinstance(voters, Mapping) else list(voters)
    args: Json = {"title": title, "voters": who, "rule": rule, "threshold": threshold, "timeout_ms": int(timeout * 1000)}
    answer = yield Step("propose", args | ({} if body is None else {"body": body}))
    return int(answer["proposal"])


def _await_once(proposal: int, deadline: float, timeout: float) -> Steps[Decision | None]:
    """The decision, or None when the connection was lost meanwhile."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise RelayTimeout(f"No decision on proposal={proposal} within timeout_s={timeout + GRACE}.")
    try:
        return _decision((yield Step("proposal.await", {"proposal": proposal}, left)))
    except RelayError as error:
        if error.code != "NOT_CONNECTED":
            raise
        return None


def _vote(proposal: int, vote: Vote) -> Steps[str]:
    answer = yield Step("proposal.vote", {"proposal": proposal, "vote": vote.word, "reason": vote.reason})
    return str(answer["decision"])


def _get(proposal: int) -> Steps[Json]:
    return (yield Step("proposal.get", {"proposal": proposal}))


def _list(only_open: bool) -> Steps[list[Json]]:
    rows: list[Json] = (yield Step("proposal.ls", {"open": only_open}))["proposals"]
    return rows


def _question(body: Json) -> Question:
    return Question(**{field.name: body[field.name] for field in dataclasses.fields(Question)})


def _pending(name: str, question: Question) -> Steps[bool]:
    """Whether it is still to be answered; not after a redelivery, nor when it is decided."""
    now = yield Step("proposal.get", {"proposal": question.proposal})
    return now["decision"] == "open" and name not in now["votes"]


def _cast(question: Question, answer: Any) -> Steps[None]:
    vote = answer if isinstance(answer, Vote) else Vote("yes" if answer else "no")
    try:
        yield from _vote(question.proposal, vote)
    except RelayRefused as refused:
        if refused.code != "NOT_FOUND":  # decided meanwhile is no failure
            raise


class Proposals:
    """Of the synchronous client; any thread."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay

    def propose(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> Decision:
        """Asks the voters and waits for the decision, denied on timeout.

        `rule`: "majority", "supermajority", "unanimous", "quorum" (`threshold` votes) or "weighted" (voters with weights).
        """
        return self.wait(self.open(title, voters, rule, timeout, body=body, threshold=threshold), timeout)

    def open(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> int:
        """Asks the voters and returns the proposal's number."""
        return run(self._relay.control, _open(title, voters, rule, timeout, body, threshold))

    def wait(self, proposal: int, timeout: float) -> Decision:
        """Waits for the decision, over reconnects."""
        deadline = time.monotonic() + timeout + GRACE
        pause = threading.Event()
        while (decision := run(self._relay.control, _await_once(proposal, deadline, timeout))) is None:
            pause.wait(RECONNECT)
        return decision

    def vote(self, proposal: int, word: str, reason: str = "") -> str:
        """Votes, once; returns the decision so far: "open", "approved" or "denied"."""
        return run(self._relay.control, _vote(proposal, Vote(word, reason)))

    def get(self, proposal: int) -> Json:
        """As the protocol describes a proposal."""
        return run(self._relay.control, _get(proposal))

    def list(self, *, only_open: bool = False) -> list[Json]:
        """The newest first, at most 20."""
        return run(self._relay.control, _list(only_open))

    def on_question(self, voter: Callable[[Question], Vote | bool]) -> Callable[[Question], Vote | bool]:
        """Registers what this agent votes, before `start()`; also a decorator."""

        def answer(message: Any) -> None:
            question = _question(message.json())
            if run(self._relay.control, _pending(self._relay.name, question)):
                run(self._relay.control, _cast(question, voter(question)))

        self._relay.on(QUESTION, answer, sender=DAEMON)
        return voter


class AsyncProposals:
    """Of the asyncio client."""

    def __init__(self, relay: Any) -> None:
        self._relay = relay

    async def propose(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> Decision:
        """Asks the voters and waits for the decision, denied on timeout.

        `rule`: "majority", "supermajority", "unanimous", "quorum" (`threshold` votes) or "weighted" (voters with weights).
        """
        return await self.wait(await self.open(title, voters, rule, timeout, body=body, threshold=threshold), timeout)

    async def open(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> int:
        """Asks the voters and returns the proposal's number."""
        return await run_async(self._relay.control, _open(title, voters, rule, timeout, body, threshold))

    async def wait(self, proposal: int, timeout: float) -> Decision:
        """Waits for the decision, over reconnects."""
        deadline = time.monotonic() + timeout + GRACE
        while (decision := await run_async(self._relay.control, _await_once(proposal, deadline, timeout))) is None:
            await asyncio.sleep(RECONNECT)
        return decision

    async def vote(self, proposal: int, word: str, reason: str = "") -> str:
        """Votes, once; returns the decision so far: "open", "approved" or "denied"."""
        return await run_async(self._relay.control, _vote(proposal, Vote(word, reason)))

    async def get(self, proposal: int) -> Json:
        """As the protocol describes a proposal."""
        return await run_async(self._relay.control, _get(proposal))

    async def list(self, *, only_open: bool = False) -> list[Json]:
        """The newest first, at most 20."""
        return await run_async(self._relay.control, _list(only_open))

    def on_question(self, voter: Callable[[Question], Any]) -> Callable[[Question], Any]:
        """Registers what this agent votes, before `start()`; also a decorator, and for coroutines."""

        async def answer(message: Any) -> None:
            question = _question(message.json())
            if await run_async(self._relay.control, _pending(self._relay.name, question)):
                found = voter(question)
                await run_async(self._relay.control, _cast(question, await found if inspect.isawaitable(found) else found))

        self._relay.on(QUESTION, answer, sender=DAEMON)
        return voter
