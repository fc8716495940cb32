package dev.relay.sidecar.redis;

import java.nio.charset.StandardCharsets;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** Looks at a Redis before it is trusted with state. */
final class RedisChecks {
    private RedisChecks() {}

    static void refuseUnsuitable(Connection redis) {
        String info = info(redis);
        String policy = field(info, "maxmemory_policy");
        if (policy.startsWith("allkeys-")) {
            throw new RedisRefused(
                    "REDIS_EVICTION",
                    "this Redis may evict any key, so books would lose levels unseen; set maxmemory-policy to noeviction,"
                            + " maxmemory_policy=" + policy);
        }
        if ("cluster".equals(field(info, "redis_mode"))) {
            throw new RedisRefused(
                    "REDIS_CLUSTER", "Redis Cluster is not supported; point the sidecar at a single node or Sentinel");
        }
        if ("slave".equals(field(info, "role"))) {
            throw new RedisRefused("REDIS_READONLY", "this Redis is a replica; point the sidecar at its master");
        }
    }

    private static String info(Connection redis) {
        redis.sendCommand(Command.INFO);
        return new String((byte[]) redis.getOne(), StandardCharsets.UTF_8);
    }

    private static String field(String info, String name) {
        for (String line : info.split("\r?\n", -1)) {
            if (line.startsWith(name + ":")) {
                return line.substring(name.length() + 1).trim();
            }
        }
        return "";
    }
}
