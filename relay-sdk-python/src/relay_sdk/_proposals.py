"""Decisions of a group: somebody proposes, voters are asked by a durable message, the daemon counts by a rule.

What is undecided in time is denied. Refusals: BAD_REQUEST (also for a second vote), NO_SUCH_RECIPIENT, UNAUTHORIZED for who
is no voter, NOT_FOUND for what is no longer open.
"""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from relay_sdk._errors import RelayError, RelayRefused, RelayTimeout
from relay_sdk._steps import ClientDesk, Pause, Step, Steps, awaited, blocking, run, run_async

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


def _wait(proposal: int, timeout: float) -> Steps[Decision]:
    deadline = time.monotonic() + timeout + GRACE
    while (decision := (yield from _await_once(proposal, deadline, timeout))) is None:
        yield Pause(RECONNECT)
    return decision


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


class ProposalOperations:
    def propose(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> Steps[Decision]:
        """Asks the voters and waits for the decision, denied on timeout.

        `rule`: "majority", "supermajority", "unanimous", "quorum" (`threshold` votes) or "weighted" (voters with weights).
        """
        return (yield from _wait((yield from _open(title, voters, rule, timeout, body, threshold)), timeout))

    def open(
        self, title: str, voters: Voters, rule: str = "majority", timeout: float = 30.0, *, body: Any = None, threshold: int = 0
    ) -> Steps[int]:
        """Asks the voters and returns the proposal's number."""
        return (yield from _open(title, voters, rule, timeout, body, threshold))

    def wait(self, proposal: int, timeout: float) -> Steps[Decision]:
        """Waits for the decision, over reconnects."""
        return (yield from _wait(proposal, timeout))

    def vote(self, proposal: int, word: str, reason: str = "") -> Steps[str]:
        """Votes, once; returns the decision so far: "open", "approved" or "denied"."""
        return (yield from _vote(proposal, Vote(word, reason)))

    def get(self, proposal: int) -> Steps[Json]:
        """As the protocol describes a proposal."""
        return (yield Step("proposal.get", {"proposal": proposal}))

    def list(self, *, only_open: bool = False) -> Steps[list[Json]]:
        """The newest first, at most 20."""
        rows: list[Json] = (yield Step("proposal.ls", {"open": only_open}))["proposals"]
        return rows


class Proposals(ClientDesk):
    """Of the synchronous client; any thread."""

    propose = blocking(ProposalOperations.propose)
    open = blocking(ProposalOperations.open)
    wait = blocking(ProposalOperations.wait)
    vote = blocking(ProposalOperations.vote)
    get = blocking(ProposalOperations.get)
    list = blocking(ProposalOperations.list)

    def on_question(self, voter: Callable[[Question], Any]) -> Callable[[Question], Any]:
        """Registers what this agent votes, before `start()`; also a decorator."""

        def answer(message: Any) -> None:
            question = _question(message.json())
            if run(self._control, _pending(self._client.name, question)):
                run(self._control, _cast(question, voter(question)))

        self._client.on(QUESTION, answer, sender=DAEMON)
        return voter


class AsyncProposals(ClientDesk):
    """Of the asyncio client."""

    propose = awaited(ProposalOperations.propose)
    open = awaited(ProposalOperations.open)
    wait = awaited(ProposalOperations.wait)
    vote = awaited(ProposalOperations.vote)
    get = awaited(ProposalOperations.get)
    list = awaited(ProposalOperations.list)

    def on_question(self, voter: Callable[[Question], Any]) -> Callable[[Question], Any]:
        """Registers what this agent votes, before `start()`; also a decorator, and for coroutines."""

        async def answer(message: Any) -> None:
            question = _question(message.json())
            if await run_async(self._control, _pending(self._client.name, question)):
                found = voter(question)
                await run_async(self._control, _cast(question, await found if inspect.isawaitable(found) else found))

        self._client.on(QUESTION, answer, sender=DAEMON)
        return voter
