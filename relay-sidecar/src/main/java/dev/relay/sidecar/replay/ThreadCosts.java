package dev.relay.sidecar.replay;

import com.sun.management.ThreadMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;

/** What threads have allocated and collectors have taken up to now; two of them are subtracted. */
record ThreadCosts(long feedBytes, long redisBytes, long feedCpuNs, long redisCpuNs, long collections, long pauseMs) {
    static ThreadCosts now() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long[] bytes = new long[2];
        long[] cpu = new long[2];
        for (ThreadInfo info : threads.getThreadInfo(threads.getAllThreadIds())) {
            int kind = info == null ? -1 : kind(info.getThreadName());
            if (info != null && kind >= 0) {
                bytes[kind] += threads.getThreadAllocatedBytes(info.getThreadId());
                cpu[kind] += threads.getThreadCpuTime(info.getThreadId());
            }
        }
        long collections = 0;
        long pauseMs = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            collections += collector.getCollectionCount();
            pauseMs += collector.getCollectionTime();
        }
        return new ThreadCosts(bytes[0], bytes[1], cpu[0], cpu[1], collections, pauseMs);
    }

    private static int kind(String thread) {
        return thread.startsWith("sidecar-feed") ? 0 : thread.equals("sidecar-redis") ? 1 : -1;
    }

    ThreadCosts since(ThreadCosts before) {
        return new ThreadCosts(
                feedBytes - before.feedBytes,
                redisBytes - before.redisBytes,
                feedCpuNs - before.feedCpuNs,
                redisCpuNs - before.redisCpuNs,
                collections - before.collections,
                pauseMs - before.pauseMs);
    }
}
