package dev.relay.sidecar.net;

import java.util.concurrent.Executor;

/** The one thread of a feed: runs tasks now or later, one after another. Tests bring one with their own time. */
public interface Loop extends Executor {
    void schedule(Runnable task, long delayMs);
}
