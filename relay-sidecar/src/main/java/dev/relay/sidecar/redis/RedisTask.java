package dev.relay.sidecar.redis;

import redis.clients.jedis.Connection;

/**
 * Ordered work of another owner (order state) on the redis thread's connection. Tasks run one after another in the order
 * they were offered, each after the book writes under way. When the connection breaks in {@link #run} or there is none,
 * the task stays first in line and runs again after the reconnect, so it must be idempotent.
 */
public interface RedisTask {
    /** Redis thread. Commands are sent and their replies read before returning; connection errors may be thrown. */
    void run(Connection redis);

    /** Redis answered with an error the task threw; it is dropped. Redis thread. */
    void onFailed(RuntimeException error);
}
