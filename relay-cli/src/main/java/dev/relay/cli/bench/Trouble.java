package dev.relay.cli.bench;

import dev.relay.client.Message;
import dev.relay.protocol.Json;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * What one lane of an agent has to endure: messages that all fail, or that take {@value #SLOW_MS} ms each, until it is told that all is
 * well. Its handler runs for one lane at a time.
 */
final class Trouble {
    private static final long SLOW_MS = 5;

    private final Arrivals arrivals = new Arrivals();
    private volatile String kind = "";

    String set(Message order) {
        kind = order.text();
        return kind;
    }

    void handle(Message message) {
        if (kind.equals("poison")) {
            throw new IllegalStateException("poison, as asked for");
        }
        if (kind.equals("slow")) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SLOW_MS));
        }
        arrivals.add();
    }

    String arrivals() {
        return Json.write(arrivals.take());
    }
}
