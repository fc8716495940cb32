package dev.relay.sidecar.redis;

import java.util.concurrent.atomic.LongAdder;

/** What the redis thread has done; it alone adds, any thread reads. */
final class WriteCounts {
    final LongAdder flushes = new LongAdder();
    final LongAdder bookWrites = new LongAdder();
    final LongAdder fullWrites = new LongAdder();
    final LongAdder levels = new LongAdder();
    final LongAdder errorReplies = new LongAdder();
    final LongAdder resyncs = new LongAdder();
    final LongAdder reconnects = new LongAdder();
    final LongAdder capped = new LongAdder();
}
