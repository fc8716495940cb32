package dev.relay.client.redis;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;
import redis.clients.jedis.exceptions.JedisException;

/** A redis-server or valkey-server of its own on a Unix socket, and one connection to write with. */
final class RedisServer implements AutoCloseable {
    private final Path directory;
    private final Process process;
    final RedisAddress address;
    private final Connection writer;

    RedisServer() throws IOException {
        directory = Files.createTempDirectory("relay-redis");
        Path socket = directory.resolve("redis.sock");
        process = new ProcessBuilder(
                        program(),
                        "--port",
                        "0",
                        "--unixsocket",
                        socket.toString(),
                        "--save",
                        "",
                        "--dir",
                        directory.toString())
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        address = RedisAddress.unix(socket);
        Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .ignoreExceptionsInstanceOf(JedisException.class)
                .until(() -> {
                    try (Connection probe = address.connect(1_000)) {
                        return probe.ping();
                    }
                });
        writer = address.connect(2_000);
    }

    private static String program() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .flatMap(folder -> Stream.of("redis-server", "valkey-server").map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("these tests need redis-server or valkey-server on the PATH"))
                .toString();
    }

    void write(Command command, String... arguments) {
        writer.sendCommand(command, arguments);
        writer.getOne();
    }

    long timeMs() {
        writer.sendCommand(Command.TIME);
        List<?> time = (List<?>) writer.getOne();
        return Long.parseLong(Hashes.text(time.get(0))) * 1_000 + Long.parseLong(Hashes.text(time.get(1))) / 1_000;
    }

    @Override
    public void close() {
        writer.close();
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
