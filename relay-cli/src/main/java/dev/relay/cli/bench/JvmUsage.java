package dev.relay.cli.bench;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.Map;

/** What this JVM has used since its start: bytes allocated by the threads that live, collections and their pauses. Stateless. */
final class JvmUsage {
    static Map<String, Object> now() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = 0;
        for (long bytes : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            allocated += Math.max(0, bytes);
        }
        long collections = 0;
        long pausedMs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
            pausedMs += collector.getCollectionTime();
        }
        return Map.of("allocated_bytes", allocated, "collections", collections, "paused_ms", pausedMs);
    }

    private JvmUsage() {}
}
