package dev.relay.sidecar.order.redis;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

/** A redis-server from PATH on a loopback port of its own, without persistence. */
public final class RedisChild implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private @Nullable Process process;
    private int port;

    public void start(Path directory) throws IOException {
        try (ServerSocket free = new ServerSocket()) {
            free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            port = free.getLocalPort();
        }
        restart(directory);
    }

    /** Starts it on the port it had. */
    public void restart(Path directory) throws IOException {
        process = new ProcessBuilder(
                        "redis-server",
                        "--port",
                        Integer.toString(port),
                        "--bind",
                        HOST,
                        "--save",
                        "",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("redis.log").toFile())
                .start();
        await().atMost(Duration.ofSeconds(10))
                .ignoreExceptionsInstanceOf(JedisException.class)
                .until(this::answers);
    }

    private boolean answers() {
        try (Jedis jedis = jedis()) {
            return jedis.ping().equals("PONG");
        }
    }

    public int port() {
        return port;
    }

    public Jedis jedis() {
        return new Jedis(HOST, port);
    }

    public Connection connection() {
        return new Connection(HOST, port);
    }

    @Override
    public void close() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().join();
        }
    }
}
