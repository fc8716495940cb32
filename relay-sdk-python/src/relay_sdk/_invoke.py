"""Around a handler: what its return and its exceptions mean. The same for threads and tasks."""

from __future__ import annotations

import asyncio
import inspect
import logging
from typing import Any

from relay_sdk import _groups, _spans, _trace
from relay_sdk import _protocol as p
from relay_sdk._errors import Reject
from relay_sdk._handlers import Handler, Handlers
from relay_sdk._inbox_store import AlreadyDone
from relay_sdk._message import Message

log = logging.getLogger("relay_sdk")


def handle(handlers: Handlers, message: Message) -> None:
    """Runs the message's handler on this thread. Whatever it raises, also an exit, is the message's failure."""
    handler = _found(handlers, message)
    if handler is None:
        return
    span = None if _spans.active is None else _spans.handling(message)
    trace = None  # a handler thread has none of its own
    if span is not None:
        trace = _trace.handling.set(span.context)
    elif message._block:
        trace = _trace.handling.set(message.traceparent)
    seat = _groups.handling.set(message._lane.seat)
    failure: BaseException | None = None
    try:
        value = handler.function(message)
    except AlreadyDone:
        already_done(handler, message)
    except BaseException as error:
        failure = error
        raised(message, error)
    else:
        returned(handler, message, value)
    finally:
        _groups.handling.reset(seat)
        if trace is not None:
            _trace.handling.reset(trace)
        if span is not None:
            span.end(failure)


async def handle_async(handlers: Handlers, message: Message) -> None:
    """Runs the message's handler in this task. A cancellation that was not meant for this task is the message's failure.

    An exit or an interrupt ends the loop, as everywhere in asyncio; the message comes again in the next life.
    """
    handler = _found(handlers, message)
    if handler is None:
        return
    span = None if _spans.active is None else _spans.handling(message)
    trace = _trace.handling.set(message.traceparent if span is None else span.context)
    seat = _groups.handling.set(message._lane.seat)
    failure: BaseException | None = None
    try:
        value = handler.function(message)
        if inspect.isawaitable(value):
            value = await value
    except AlreadyDone:
        already_done(handler, message)
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        failure = error
        raised(message, error)
    except (SystemExit, KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        failure = error
        raised(message, error)
    else:
        returned(handler, message, value)
    finally:
        _groups.handling.reset(seat)
        _trace.handling.reset(trace)
        if span is not None:
            span.end(failure)


def _found(handlers: Handlers, message: Message) -> Handler | None:
    if not begin(message):
        return None
    handler = handlers.find(message)
    if handler is None:
        no_handler(message)
    return handler


def begin(message: Message) -> bool:
    """False for a message behind a failed one on its lane: no handler, it will be delivered again."""
    if message._generation <= message._lane.skip_generation:
        return False
    message._started = True
    return True


def no_handler(message: Message) -> None:
    text = f"NO_HANDLER: kind={message.kind!r} sender={message.sender!r}"
    log.warning("no handler kind=%s sender=%s topic=%s", message.kind, message.sender, message.topic)
    if message._claim():
        message._by()._settle_nack(message, p.NACK_NO_HANDLER, 0, text)


def returned(handler: Handler, message: Message, value: Any) -> None:
    """A return acks; the value answers a request. With manual acks only a value answers."""
    try:
        if message.is_request and (value is not None or not handler.manual):
            message.reply(value)
        elif not handler.manual:
            message.ack()
    except Exception as error:
        raised(message, error)


def already_done(handler: Handler, message: Message) -> None:
    """Another life of this agent has finished it meanwhile: it needs nothing but its ack."""
    message._recorded = True
    returned(handler, message, None)


def raised(message: Message, error: BaseException) -> None:
    log.warning(
        "handler failed kind=%s sender=%s attempt=%d error=%s",
        message.kind, message.sender, message.attempt, type(error).__name__, exc_info=error,
    )  # fmt: skip
    nack_class = p.NACK_REFUSED if isinstance(error, Reject) else p.NACK_ERROR
    _nack(message, nack_class, f"{type(error).__name__}: {error}")


def _nack(message: Message, nack_class: int, text: str) -> None:
    if message.is_request:
        message._fail_reply(text)
    elif message._claim():
        message._by()._settle_nack(message, nack_class, 0, text)
