package dev.relay.sidecar.order.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.util.SafeEncoder;

/** The projection's scripts, loaded into one connection's server. Every reply is looked at; an error reply throws. */
final class RedisScripts {
    enum Script {
        TRANSITION("transition.lua"),
        SNAPSHOT("snapshot.lua"),
        BALANCE("balance.lua");

        private final String source;

        Script(String file) {
            this.source = read(file);
        }
    }

    private final Connection connection;
    private final Map<Script, String> shas = new EnumMap<>(Script.class);

    RedisScripts(Connection connection) {
        this.connection = connection;
        for (Script script : Script.values()) {
            shas.put(script, text(call(Protocol.Command.SCRIPT, "LOAD", script.source)));
        }
    }

    String run(Script script, List<String> keys, List<String> arguments) {
        List<String> all = new ArrayList<>(keys.size() + arguments.size() + 2);
        all.add(String.valueOf(shas.get(script)));
        all.add(Integer.toString(keys.size()));
        all.addAll(keys);
        all.addAll(arguments);
        return text(call(Protocol.Command.EVALSHA, all.toArray(String[]::new)));
    }

    Object call(Protocol.Command command, String... arguments) {
        connection.sendCommand(command, arguments);
        Object reply = connection.getOne();
        if (reply instanceof JedisDataException error) {
            throw error;
        }
        return reply;
    }

    static String text(Object reply) {
        return reply instanceof byte[] bytes ? SafeEncoder.encode(bytes) : String.valueOf(reply);
    }

    private static String read(String file) {
        try (InputStream in = RedisScripts.class.getResourceAsStream(file)) {
            if (in == null) {
                throw new IllegalStateException("script is missing from the build, file=" + file);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("script cannot be read, file=" + file, e);
        }
    }
}
