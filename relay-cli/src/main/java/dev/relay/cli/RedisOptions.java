package dev.relay.cli;

import dev.relay.client.redis.RedisAddress;
import dev.relay.client.redis.StateReader;
import dev.relay.protocol.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import redis.clients.jedis.exceptions.JedisException;

/** Where the sidecar's Redis is: given, or read from the {@code redis.json} that the sidecar publishes in its run directory. */
class RedisOptions {
    @Option(
            names = "--redis",
            paramLabel = "ADDRESS",
            description = "unix:/path or host:port; default: from redis.json.")
    @Nullable
    String redis;

    @Option(names = "--run-dir", paramLabel = "DIR", description = "The sidecar's run directory.")
    @Nullable
    Path runDir;

    RedisAddress address() {
        return RedisAddress.parse(redis != null ? redis : published("address").toString());
    }

    String template() {
        return redis != null ? "book:<SYMBOL>" : published("template").toString();
    }

    StateReader open() {
        try {
            return new StateReader(address());
        } catch (JedisException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE, "no Redis answers: address=" + address() + " " + e.getMessage());
        }
    }

    /** All venues that the sidecar keeps books of, the first one first. */
    List<String> venues() {
        return redis == null && published("venues") instanceof List<?> venues && !venues.isEmpty()
                ? venues.stream().map(String::valueOf).toList()
                : List.of("BINANCE");
    }

    String venue() {
        return venues().get(0);
    }

    private Object published(String field) {
        Path file = (runDir == null ? RunDir.standard() : runDir).resolve("redis.json");
        try {
            Map<String, ?> layout = Json.object(Files.readString(file));
            Object value = layout.get(field);
            if (value != null) {
                return value;
            }
            throw new CliException(ExitCode.FAILED, file + " has no " + field + "; restart the sidecar");
        } catch (IOException e) {
            throw new CliException(
                    ExitCode.UNREACHABLE,
                    "no running sidecar found: cannot read " + file
                            + "; start one with relay sidecar, or give --redis");
        }
    }
}
