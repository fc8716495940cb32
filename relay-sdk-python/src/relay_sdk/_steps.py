"""Operations as plain code, said once for both clients.

An operation is a generator: it yields the steps that it needs and is sent what they give, or thrown what they raise. A step
knows how a thread does it (`block`) and how a coroutine does (`wait`). `blocking` makes a method of the synchronous client of
an operation and `awaited` one of the asyncio client; name, arguments and documentation are the operation's own.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import threading
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Concatenate, NamedTuple, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
Answer = dict[str, Any]
Control = Callable[..., Any]


class Doable(Protocol):
    """A step. `control` is the client's way to ask the daemon."""

    def block(self, control: Control) -> Any: ...

    def wait(self, control: Control) -> Awaitable[Any]: ...


Steps = Generator[Doable, Answer, T]


class Step(NamedTuple):
    """One control call: operation, arguments, and how long to wait when that is not the usual."""

    op: str
    args: dict[str, Any]
    timeout: float = 5.0

    def block(self, control: Control) -> Answer:
        answer: Answer = control(self.op, timeout=self.timeout, **self.args)
        return answer

    def wait(self, control: Control) -> Awaitable[Answer]:
        answer: Awaitable[Answer] = control(self.op, timeout=self.timeout, **self.args)
        return answer


def pages(op: str, asked: Answer, rows: str, by: str, *, first: str | None = None) -> Steps[list[Answer]]:
    """The rows of all pages of an operation: asks again `after` the last row's `by` while there are more.
    The first page may come with another operation."""
    found: list[Answer] = []
    page = yield Step(first or op, asked)
    while True:
        found += page[rows]
        if not page["more"] or not page[rows]:
            return found
        page = yield Step(op, {**asked, "after": found[-1][by]})


class Both(NamedTuple):
    """A step that each client does its own way: the one says it, or the other awaits it."""

    action: Callable[[], Any]

    def block(self, control: Control) -> Any:
        return self.action()

    async def wait(self, control: Control) -> Any:
        found = self.action()
        return await found if inspect.isawaitable(found) else found


class Pause(NamedTuple):
    """Time until something that was lost may be there again."""

    seconds: float

    def block(self, control: Control) -> None:
        threading.Event().wait(self.seconds)

    def wait(self, control: Control) -> Awaitable[None]:
        return asyncio.sleep(self.seconds)


class Aside(NamedTuple):
    """Work on files, which a loop must not wait for: the coroutine has a thread do it."""

    action: Callable[[], Any]

    def block(self, control: Control) -> Any:
        return self.action()

    def wait(self, control: Control) -> Awaitable[Any]:
        return asyncio.to_thread(self.action)


def run(control: Control, steps: Steps[T]) -> T:
    """Does an operation on this thread."""
    try:
        step = next(steps)
        while True:
            try:
                answer = step.block(control)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value


async def run_async(control: Control, steps: Steps[T]) -> T:
    """Does an operation in this task; a cancellation is thrown into it too, so that it lets go of what it holds."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await step.wait(control)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        value: T = end.value
        return value


class Desk:
    """Operations around control calls: `control` is the client's method."""

    def __init__(self, control: Control) -> None:
        self._control = control


class ClientDesk(Desk):
    """Operations that need more of their client than control calls."""

    def __init__(self, client: Any) -> None:
        super().__init__(client.control)
        self._client = client


def blocking(operation: Callable[Concatenate[Any, P], Steps[T]]) -> Callable[Concatenate[Any, P], T]:
    """The operation as a method of the synchronous client."""

    def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return run(self._control, operation(self, *args, **kwargs))

    _describe(method, operation)
    return method


def awaited(operation: Callable[Concatenate[Any, P], Steps[T]]) -> Callable[Concatenate[Any, P], Coroutine[Any, Any, T]]:
    """The operation as a coroutine method of the asyncio client."""

    async def method(self: Any, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await run_async(self._control, operation(self, *args, **kwargs))

    _describe(method, operation)
    return method


def _describe(method: Callable[..., Any], operation: Callable[..., Any]) -> None:
    """Name, documentation and signature as `help()` shows them: what comes back is not the steps but what they end in."""
    functools.update_wrapper(method, operation)
    signature = inspect.signature(operation)
    result = str(signature.return_annotation).removeprefix("Steps[").removesuffix("]")
    desk, *others = signature.parameters.values()
    mine = desk.replace(annotation=inspect.Parameter.empty)
    method.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[mine, *others], return_annotation=result
    )
    method.__annotations__ = {**operation.__annotations__, "return": result}
