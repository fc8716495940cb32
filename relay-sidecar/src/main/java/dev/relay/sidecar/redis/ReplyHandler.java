package dev.relay.sidecar.redis;

/** Waits for the reply to one call of a pipeline. Redis thread. */
interface ReplyHandler {
    /** Looks at the reply, notes what follows from it for its own next call, and says what it meant. */
    WriteOutcome onReply(Object reply);
}
