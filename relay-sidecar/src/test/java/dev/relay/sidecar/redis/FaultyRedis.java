package dev.relay.sidecar.redis;

import static org.awaitility.Awaitility.await;

import dev.relay.client.redis.RedisAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A redis-server of the test's own and the ways to break it. */
final class FaultyRedis implements AutoCloseable {
    private static final String HOST = "127.0.0.1";

    private final Path dir;
    private final int port = freePort();
    private @Nullable Process process;
    private @Nullable Connection admin;
    private int lostDirs;

    FaultyRedis(Path dir) throws IOException {
        this.dir = dir;
        start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    int port() {
        return port;
    }

    RedisAddress address() {
        return RedisAddress.parse(HOST + ":" + port);
    }

    void start() throws IOException {
        process = new ProcessBuilder(
                        "redis-server",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        HOST,
                        "--enable-protected-configs",
                        "yes",
                        "--save",
                        "",
                        "--dir",
                        dir.toString())
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("redis.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .ignoreExceptionsInstanceOf(JedisException.class)
                .until(() -> {
                    admin = address().connect(10_000);
                    return "PONG".equals(run(Command.PING));
                });
    }

    private Connection admin() {
        Connection current = admin;
        if (current == null) {
            throw new IllegalStateException("not started");
        }
        return current;
    }

    Object run(Command command, String... arguments) {
        admin().sendCommand(command, arguments);
        Object reply = admin().getOne();
        return reply instanceof byte[] text ? new String(text, StandardCharsets.UTF_8) : String.valueOf(reply);
    }

    private void config(String name, String value) {
        run(Command.CONFIG, "SET", name, value);
    }

    private Process process() {
        Process current = process;
        if (current == null) {
            throw new IllegalStateException("not started");
        }
        return current;
    }

    void kill() {
        process().destroyForcibly().onExit().join();
    }

    /** SIGSTOP or SIGCONT. */
    void signal(String name) {
        try {
            int exit = new ProcessBuilder(
                            "kill", "-" + name, Long.toString(process().pid()))
                    .start()
                    .waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill failed, signal=" + name);
            }
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void outOfMemory() {
        config("maxmemory", "1mb");
    }

    void enoughMemory() {
        config("maxmemory", "0");
    }

    void becomeReplica() {
        run(Command.REPLICAOF, HOST, "1");
    }

    void becomeMaster() {
        run(Command.REPLICAOF, "NO", "ONE");
    }

    /** Its snapshot directory goes, the next save fails, and Redis refuses writes. */
    void loseDirectory() {
        try {
            Path lost = Files.createDirectory(dir.resolve("lost" + lostDirs++));
            config("dir", lost.toString());
            config("save", "3600 1");
            Files.delete(lost);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        save("rdb_last_bgsave_status:err");
    }

    void findDirectory() {
        config("dir", dir.toString());
        save("rdb_last_bgsave_status:ok");
        config("save", "");
    }

    private void save(String expected) {
        run(Command.BGSAVE);
        await().atMost(Duration.ofSeconds(10))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> {
                    String info = String.valueOf(run(Command.INFO, "persistence"));
                    return info.contains("rdb_bgsave_in_progress:0") && info.contains(expected);
                });
    }

    void changePassword() {
        config("requirepass", "other");
        run(Command.CLIENT, "KILL", "TYPE", "normal", "SKIPME", "yes");
    }

    void restorePassword() {
        config("requirepass", "");
    }

    void flush() {
        run(Command.FLUSHALL);
    }

    @Override
    public void close() {
        Connection last = admin;
        if (last != null) {
            last.close();
        }
        kill();
    }
}
