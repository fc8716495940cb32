package dev.relay.sidecar.limit;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A token bucket of orders for each agent, so that one busy agent does not use up the venue's limits for all. A place leaves the reserve untouched; a cancel takes a
 * token when there is one and is never refused. Thread "orders". Bounded: {@value #MAX_AGENTS} agents, the one not heard of for longest starts anew.
 */
public final class AgentBudgets {
    private static final int MAX_AGENTS = 10_000;
    private static final double RESERVE = 0.20;

    private final double perSecond;
    private final double capacity;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private static final class Bucket {
        double tokens;
        long atMs;
    }

    /**
     * @param perSecond tokens that come back each second
     * @param burst tokens of a rested agent, the reserve included
     */
    public AgentBudgets(int perSecond, int burst) {
        if (perSecond < 1 || burst < 2) {
            throw new IllegalArgumentException("need perSecond >= 1 and burst >= 2");
        }
        this.perSecond = perSecond;
        this.capacity = burst;
    }

    /** 0: taken. Else the milliseconds after which a place is worth asking for again. */
    public long takePlace(String agent, long nowMs) {
        Bucket bucket = bucket(agent, nowMs);
        double missing = 1 + capacity * RESERVE - bucket.tokens;
        if (missing > 0) {
            return (long) Math.ceil(missing * 1_000 / perSecond);
        }
        bucket.tokens--;
        return 0;
    }

    public void takeCancel(String agent, long nowMs) {
        Bucket bucket = bucket(agent, nowMs);
        bucket.tokens = Math.max(0, bucket.tokens - 1);
    }

    /** Places that the agent could send at once. */
    public int placesLeft(String agent, long nowMs) {
        return (int) Math.max(0, bucket(agent, nowMs).tokens - capacity * RESERVE);
    }

    private Bucket bucket(String agent, long nowMs) {
        Bucket bucket = buckets.get(agent);
        if (bucket == null) {
            bucket = new Bucket();
            bucket.tokens = capacity;
            bucket.atMs = nowMs;
            buckets.put(agent, bucket);
            dropEldest();
        }
        bucket.tokens = Math.min(capacity, bucket.tokens + (nowMs - bucket.atMs) * perSecond / 1_000);
        bucket.atMs = nowMs;
        return bucket;
    }

    private void dropEldest() {
        if (buckets.size() > MAX_AGENTS) {
            buckets.remove(buckets.keySet().iterator().next());
        }
    }
}
