"""Control calls of a feature as plain code for both clients.

A feature is a generator: it yields the calls that it needs and is sent their answers, or thrown their errors. `run` drives it
on the synchronous client, `run_async` on the asyncio client.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple, TypeVar

from relay_sdk._errors import RelayError

T = TypeVar("T")
Answer = dict[str, Any]


class Step(NamedTuple):
    """One control call: operation, arguments, and how long to wait when that is not the usual."""

    op: str
    args: dict[str, Any]
    timeout: float = 5.0


Steps = Generator[Step, Answer, T]


def run(control: Callable[..., Answer], steps: Steps[T]) -> T:
    try:
        step = next(steps)
        while True:
            try:
                answer = control(step.op, timeout=step.timeout, **step.args)
            except RelayError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value


async def run_async(control: Callable[..., Awaitable[Answer]], steps: Steps[T]) -> T:
    try:
        step = next(steps)
        while True:
            try:
                answer = await control(step.op, timeout=step.timeout, **step.args)
            except RelayError as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value
