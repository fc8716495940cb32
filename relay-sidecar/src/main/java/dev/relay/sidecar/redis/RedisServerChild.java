package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/**
 * A Redis of the sidecar's own, on a private Unix socket in its run directory: redis-server or valkey-server from PATH,
 * else the binary of embedded-redis. A server left there by a killed sidecar is adopted. Nothing is saved to disk: Redis
 * is a projection. Called by the starting thread, then by the redis thread only.
 */
public final class RedisServerChild implements RedisPublisher.ServerKeeper, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisServerChild.class);
    private static final int MAX_SOCKET_PATH_BYTES = 106;
    private static final int START_TIMEOUT_MS = 5_000;
    private static final List<String> BUNDLED =
            List.of("/redis-server-6.2.6-v5-linux-amd64", "/redis-server-6.2.7-linux-386");
    private static final String BUNDLED_ARM = "/redis-server-6.2.7-linux-arm64";

    private final Path runDir;
    private final Path socket;
    private @Nullable Process process;

    public RedisServerChild(Path runDir) {
        this.runDir = runDir.toAbsolutePath();
        this.socket = this.runDir.resolve("redis.sock");
        if (socket.toString().length() > MAX_SOCKET_PATH_BYTES) {
            throw new RedisRefused(
                    "SOCKET_PATH_TOO_LONG",
                    "a Unix socket path holds at most " + MAX_SOCKET_PATH_BYTES
                            + " bytes; choose a shorter run directory, path=" + socket);
        }
    }

    public RedisAddress address() {
        return RedisAddress.unix(socket);
    }

    @Override
    public void ensureRunning() {
        if (answers()) {
            return;
        }
        try {
            Files.createDirectories(runDir);
            Files.deleteIfExists(socket);
            startAny();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean answers() {
        if (!Files.exists(socket)) {
            return false;
        }
        try (Connection redis = address().connect(1_000)) {
            redis.sendCommand(Command.PING);
            redis.getOne();
            return true;
        } catch (JedisException e) {
            return false;
        }
    }

    private void startAny() throws IOException {
        List<String> tried = new ArrayList<>();
        for (Path binary : candidates()) {
            if (start(binary)) {
                LOG.info("redis_started binary={} socket={}", binary, socket);
                return;
            }
            tried.add(binary.toString());
        }
        throw new RedisRefused(
                "REDIS_NOT_FOUND",
                "no Redis could be started; install redis-server or valkey-server, or give an address, tried=" + tried);
    }

    private List<Path> candidates() throws IOException {
        List<Path> found = new ArrayList<>();
        String path = System.getenv("PATH");
        for (String name : List.of("redis-server", "valkey-server")) {
            for (String dir : (path == null ? "" : path).split(File.pathSeparator, -1)) {
                Path binary = Path.of(dir.isEmpty() ? "." : dir, name);
                if (Files.isExecutable(binary)) {
                    found.add(binary);
                }
            }
        }
        if (found.isEmpty()) {
            boolean isArm = System.getProperty("os.arch", "").contains("aarch64");
            for (String resource : isArm ? List.of(BUNDLED_ARM) : BUNDLED) {
                found.add(extract(resource));
            }
        }
        return found;
    }

    private Path extract(String resource) throws IOException {
        Path target = runDir.resolve(resource.substring(1));
        try (InputStream in = redis.embedded.RedisServer.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IOException("bundled Redis missing, resource=" + resource);
            }
            Files.copy(in, target, StandardCopyOption.REPLACE_EXISTING);
        }
        if (!target.toFile().setExecutable(true)) {
            throw new IOException("cannot make the bundled Redis executable, path=" + target);
        }
        return target;
    }

    private boolean start(Path binary) throws IOException {
        String options = "--port 0 --unixsocketperm 700 --appendonly no --maxmemory-policy noeviction";
        List<String> command = new ArrayList<>(List.of(binary.toString()));
        command.addAll(List.of(options.split(" ", -1)));
        command.addAll(List.of("--save", "", "--unixsocket", socket.toString(), "--dir", runDir.toString()));
        Process started = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(runDir.resolve("redis.log").toFile())
                .start();
        process = started;
        long deadlineNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_TIMEOUT_MS);
        while (started.isAlive() && System.nanoTime() < deadlineNs) {
            if (answers()) {
                return true;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
        }
        started.destroyForcibly();
        return false;
    }

    /** Process id of the server started by this object, for fault tests. */
    public long pid() {
        Process current = process;
        return current == null ? -1 : current.pid();
    }

    /** Ends the server, adopted or started: nothing of its state is needed any more. */
    @Override
    public void close() {
        try (Connection redis = address().connect(1_000)) {
            redis.sendCommand(Command.SHUTDOWN, "NOSAVE");
            redis.getOne();
        } catch (JedisException e) {
            LOG.debug("redis_stopped problem={}", e.getMessage());
        }
        Process current = process;
        if (current != null) {
            try {
                if (!current.waitFor(2, TimeUnit.SECONDS)) {
                    current.destroyForcibly();
                }
            } catch (InterruptedException e) {
                current.destroyForcibly();
                Thread.currentThread().interrupt();
            }
        }
    }
}
