package dev.relay.sidecar.order;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.risk.RiskLimits;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Connection;

/** An order side in a process of its own, to be killed: requests come in as lines, answers go out as lines. */
final class SideProcess implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};
    private final Process process;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    SideProcess(URI wsApi, URI rest, Path directory, int redisPort) throws IOException {
        process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SideProcess.class.getName(),
                        wsApi.toString(),
                        rest.toString(),
                        directory.toString(),
                        Integer.toString(redisPort))
                .redirectError(directory.resolve("side.log").toFile())
                .start();
        Thread reader = new Thread(this::read, "side-process-reader");
        reader.setDaemon(true);
        reader.start();
    }

    private void read() {
        try (BufferedReader in = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                lines.add(line);
            }
        } catch (IOException e) {
            lines.add("reading ended: " + e);
        }
    }

    /** Sends and waits for nothing. */
    void send(String kind, Map<String, Object> body) throws IOException {
        String line = kind + '\t' + JSON.writeValueAsString(body) + '\n';
        process.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
    }

    /** The next line, or a failure after twenty seconds. */
    String next() throws InterruptedException {
        String line = lines.poll(20, TimeUnit.SECONDS);
        if (line == null) {
            throw new AssertionError("the process said nothing, alive=" + process.isAlive());
        }
        return line;
    }

    void kill() {
        process.destroyForcibly().onExit().join();
    }

    @Override
    public void close() {
        kill();
    }

    public static void main(String[] args) throws Exception {
        OrderSide side = OrderSide.start(
                new OrderConfig(
                        "paper",
                        Path.of(args[2]),
                        List.of(Instrument.of("BTC-USDT")),
                        BinanceOrderConfig.of(
                                URI.create(args[0]), URI.create(args[1]), "relay-orders-key", "relay-orders-secret"),
                        OrderLimits.defaults(),
                        RiskLimits.off()),
                (topic, kind, id, event) -> {},
                () -> new Connection("127.0.0.1", Integer.parseInt(args[3])),
                symbol -> null);
        while (!side.isLive() || !Boolean.TRUE.equals(side.health().get("redis_up"))) {
            Thread.onSpinWait();
        }
        say("live");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            long messageNo = System.nanoTime();
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                int tab = line.indexOf('\t');
                byte[] id =
                        ByteBuffer.allocate(16).putLong(9).putLong(messageNo++).array();
                var unused = side.onRequest(
                                line.substring(0, tab), "alice", id, JSON.readValue(line.substring(tab + 1), MAP))
                        .thenAccept(SideProcess::sayJson);
            }
        }
    }

    private static void sayJson(Map<String, Object> answer) {
        try {
            say(JSON.writeValueAsString(answer));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static synchronized void say(String line) {
        System.out.println(line);
    }
}
