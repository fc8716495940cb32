package dev.relay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.client.RefuseMessage;
import dev.relay.client.Relay;
import dev.relay.client.RelayDeadLettered;
import dev.relay.client.SendHandle;
import dev.relay.client.SendOptions;
import dev.relay.client.TraceContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of daemon and sidecar as services: what they tell the service manager, reload, log in both formats, and how they end with nothing lost. */
class ServiceLifeIT {
    private static final String PRIVATE = "of-the-house";
    private static final String ID = "[0-9a-f-]{36}";
    private static final int MESSAGES = 200;

    @TempDir
    Path dir = Path.of("");

    private final String trace = TraceContext.begin();
    private final String traceId = trace.substring(3, 35);

    @Test
    void shouldServeReloadLogAndEndAsAService() throws Exception {
        configure("INFO", "2000");
        try (NotifySocket manager = new NotifySocket(dir.resolve("notify"));
                ProcessFloor floor = new ProcessFloor(dir)) {
            start(floor, manager);
            misfortunes(floor);
            logsAsJson(floor);
            reloads(floor);
            try (Relay sender = Relay.builder("sender").socket(floor.socket()).connect()) {
                List<SendHandle> underWay = send(sender);
                ends(floor, manager);
                floor.with("RELAY_LOG_FORMAT", "text").daemon();
                floor.awaitReady("daemon");
                losesNothing(floor, underWay);
            }
            misfortunes(floor);
            assertThat(line(floor, "daemon", "dead_letter"))
                    .containsPattern("reason=REFUSED_BY_HANDLER .*message_id=" + ID + " trace_id=" + traceId);
            keepsSecrets(floor);
        }
    }

    private void start(ProcessFloor floor, NotifySocket manager) {
        floor.redis();
        floor.exchange();
        floor.awaitReady("exchange");
        floor.with("RELAY_CONFIG", dir.resolve("relay.yaml").toString())
                .with("NOTIFY_SOCKET", dir.resolve("notify").toString())
                .with("WATCHDOG_USEC", "300000");
        floor.with("RELAY_LOG_FORMAT", "json").daemon();
        floor.awaitReady("daemon");
        floor.with("RELAY_LOG_FORMAT", "text").sidecar();
        floor.awaitReady("sidecar");
        until(() -> manager.count("READY=1") == 2 && manager.count("WATCHDOG=1") > 2);
        floor.awaitService();
    }

    private void configure(String level, String laneQueue) throws IOException {
        String file = """
                daemon:
                  lane_queue: LANE_QUEUE
                  breaker_failures: 0
                  lane_breaker_failures: 0
                sidecar:
                  api_secret: ${env:RELAY_API_SECRET}
                log:
                  level: LEVEL
                """;
        Files.writeString(
                dir.resolve("relay.yaml"), file.replace("LANE_QUEUE", laneQueue).replace("LEVEL", level));
    }

    /** A message that nobody wants; and an order that nobody gets, while there is a sidecar. */
    private void misfortunes(ProcessFloor floor) {
        SendOptions traced = SendOptions.DEFAULT.traceparent(trace);
        try (Relay unlucky = Relay.builder("unlucky").socket(floor.socket()).connect();
                Relay worker = Relay.builder("worker").socket(floor.socket()).connect()) {
            worker.on("*", message -> {
                throw new RefuseMessage(message.text());
            });
            worker.start();
            assertThatThrownBy(() -> unlucky.sendAndWait("worker", "job", PRIVATE, ProcessFloor.PATIENCE, traced))
                    .isInstanceOf(RelayDeadLettered.class);
            if (floor.child("sidecar").isAlive()) {
                Map<String, ?> order =
                        Map.of("symbol", "BTC-USDT", "side", "BUY", "type", "LIMIT", "price", "-1", "quantity", "1");
                assertThat(unlucky.request("sidecar", "orders.place", order, ProcessFloor.PATIENCE, traced)
                                .json())
                        .containsKey("code");
            }
        }
    }

    private void logsAsJson(ProcessFloor floor) throws IOException {
        JsonNode dead = json(floor, "dead_letter");
        assertThat(value(dead, "reason")).isEqualTo("REFUSED_BY_HANDLER");
        assertThat(value(dead, "message_id")).matches(ID);
        assertThat(value(dead, "trace_id")).isEqualTo(traceId);
        assertThat(line(floor, "sidecar", "order_request"))
                .containsPattern("result=\\S+ code=[A-Z_]+ .*message_id=" + ID + " trace_id=" + traceId);
    }

    /** Every line of the daemon's log is a document; the one about this event. */
    private static JsonNode json(ProcessFloor floor, String event) throws IOException {
        until(() -> floor.log("daemon").contains("\"" + event));
        for (String line : floor.log("daemon").lines().toList()) {
            JsonNode found = new ObjectMapper().readTree(line);
            if (found.path("formattedMessage").asText().startsWith(event)) {
                return found;
            }
        }
        throw new AssertionError(event);
    }

    private static String value(JsonNode line, String key) {
        for (JsonNode pair : line.path("kvpList")) {
            if (pair.has(key)) {
                return pair.path(key).asText();
            }
        }
        return "";
    }

    private static String line(ProcessFloor floor, String name, String event) {
        Pattern text = Pattern.compile("(?m)^[0-9T:.Z-]+ +\\w+ +\\[[^]]*] \\w+ " + event + " .*$");
        until(() -> text.matcher(floor.log(name)).find());
        return text.matcher(floor.log(name)).results().findFirst().orElseThrow().group();
    }

    private void reloads(ProcessFloor floor) throws Exception {
        configure("INFO", "3000");
        for (String name : List.of("daemon", "sidecar")) {
            floor.signal("HUP", name);
            until(() -> floor.log(name).contains("config_reloaded"));
        }
        assertThat(floor.log("daemon")).contains("applied=[lane_queue=3000] needs_restart=[]");
        configure("INFO", "many");
        floor.signal("HUP", "daemon");
        until(() -> floor.log("daemon").contains("config_not_reloaded"));
        configure("OFF", "3000");
        for (String name : List.of("daemon", "sidecar")) {
            floor.signal("HUP", name);
            until(() -> isQuiet(floor, name));
        }
        configure("INFO", "2000");
    }

    private boolean isQuiet(ProcessFloor floor, String name) {
        String before = floor.log(name);
        misfortunes(floor);
        return floor.log(name).equals(before);
    }

    private static List<SendHandle> send(Relay sender) {
        sender.control("agents.add", Map.of("name", "reader"));
        return IntStream.range(0, MESSAGES)
                .mapToObj(i -> sender.send("reader", "note", Map.of("number", i)))
                .toList();
    }

    private static void ends(ProcessFloor floor, NotifySocket manager) throws Exception {
        assertThat(manager.count("STOPPING=1")).isZero();
        for (String name : List.of("sidecar", "daemon")) {
            floor.signal("TERM", name);
            assertThat(floor.child(name).exit().get(60, TimeUnit.SECONDS))
                    .as(name)
                    .isEqualTo(143);
            assertThat(Files.readString(Path.of("../deploy/systemd/relay-" + name + ".service")))
                    .contains("SuccessExitStatus=143");
        }
        until(() -> manager.count("STOPPING=1") == 2);
    }

    private static void losesNothing(ProcessFloor floor, List<SendHandle> underWay) {
        Queue<Object> numbers = new ConcurrentLinkedQueue<>();
        try (Relay reader = Relay.builder("reader").socket(floor.socket()).connect()) {
            reader.on("note", message -> numbers.add(message.json().get("number")));
            reader.start();
            underWay.forEach(handle -> handle.result(ProcessFloor.PATIENCE));
            until(() -> numbers.size() >= MESSAGES);
        }
        assertThat(numbers)
                .containsExactlyElementsOf(IntStream.range(0, MESSAGES)
                        .mapToObj(i -> (Object) (long) i)
                        .toList());
    }

    private void keepsSecrets(ProcessFloor floor) throws IOException {
        try (var logs = Files.list(dir.resolve("logs"))) {
            for (Path log : logs.toList()) {
                assertThat(Files.readString(log)).doesNotContain(PRIVATE, "relay-demo-secret", "relay-demo-key");
            }
        }
        assertThat(floor.log("daemon")).isNotEmpty();
    }

    private static void until(Callable<Boolean> condition) {
        await().atMost(ProcessFloor.PATIENCE).until(condition);
    }
}
