package dev.relay.benchmarks.peer;

import org.jspecify.annotations.Nullable;

/** Told once for each send, on any thread: the server has the message, or why not. */
interface Receipt {
    void done(@Nullable Throwable failure);
}
