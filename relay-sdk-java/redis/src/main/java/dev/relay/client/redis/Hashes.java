package dev.relay.client.redis;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** Reads of single hashes and their fields. */
final class Hashes {
    private Hashes() {}

    static Map<String, String> read(Connection redis, String key) {
        redis.sendCommand(Command.HGETALL, key);
        return map((List<?>) redis.getOne());
    }

    static Map<String, String> map(List<?> flat) {
        Map<String, String> map = new HashMap<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            map.put(text(flat.get(i)), text(flat.get(i + 1)));
        }
        return map;
    }

    static String text(Object bulk) {
        return new String((byte[]) bulk, StandardCharsets.UTF_8);
    }

    /** Zero when the field is not there. */
    static BigDecimal decimal(Map<String, String> hash, String field) {
        String value = hash.getOrDefault(field, "");
        return value.isEmpty() ? BigDecimal.ZERO : new BigDecimal(value);
    }

    /** The fields {@code prefix + NAME} as NAME to amount. */
    static Map<String, BigDecimal> amounts(Map<String, String> hash, String prefix) {
        Map<String, BigDecimal> amounts = new TreeMap<>();
        hash.forEach((field, value) -> {
            if (field.startsWith(prefix)) {
                amounts.put(field.substring(prefix.length()), new BigDecimal(value));
            }
        });
        return amounts;
    }
}
