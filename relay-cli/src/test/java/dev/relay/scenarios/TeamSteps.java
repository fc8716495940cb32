package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Relay;
import dev.relay.client.Reply;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Steps of operating agents: hold and let go, stop all, command, start and end, and how they do. */
final class TeamSteps extends Steps {
    private final Map<String, List<Map<String, @Nullable Object>>> events = new ConcurrentHashMap<>();

    TeamSteps(String prefix) {
        super(
                prefix,
                "pause",
                "resume",
                "emergency_stop",
                "on_command",
                "send_command",
                "spawn",
                "release",
                "restart",
                "wait_for_ready",
                "watch_events",
                "expect_event",
                "expect_agent_health",
                "expect_agent_metric",
                "resume_all",
                "gauges",
                "expect_breakers",
                "reset_breaker",
                "expect_supervised",
                "expect_logs",
                "subscribe_many",
                "expect_connected");
    }

    @Override
    void run(String where, Step step, Relay relay) {
        switch (step.text("do")) {
            case "pause" -> assertThat(pause(step, relay)).as(where).isEqualTo(step.flag("changed"));
            case "resume" -> assertThat(resume(step, relay)).as(where).isEqualTo(step.flag("changed"));
            case "emergency_stop" ->
                assertThat(relay.emergencyStop("by the scenario"))
                        .as(where)
                        .containsEntry("kill_switch", step.text("kill_switch"));
            case "on_command" -> relay.onCommand(step.text("command"), arguments -> arguments);
            case "send_command" -> sendCommand(where, step, relay);
            case "spawn" ->
                row(where, step, relay.spawn(step.text("template"), step.text("name"), Map.of(), step.timeout()));
            case "release" -> row(where, step, relay.release(step.text("name"), step.timeout()));
            case "restart" -> row(where, step, relay.restart(step.text("name"), step.timeout()));
            case "wait_for_ready" ->
                assertThat(relay.waitForReady(name(step, "name"), step.timeout()))
                        .as(where)
                        .containsEntry("state", "connected");
            case "watch_events" -> watch(step, relay);
            case "expect_event" -> expectEvent(where, step, relay);
            case "expect_agent_health" ->
                assertThat(relay.getHealth(name(step, "of"))).as(where).containsEntry("level", step.text("level"));
            case "expect_agent_metric" ->
                Awaitility.await(where)
                        .untilAsserted(() -> assertThat(relay.getMetrics(name(step, "of")))
                                .containsEntry(step.text("name"), step.value("value")));
            case "resume_all" -> relay.agents().resumeAll();
            case "gauges" -> relay.agents().gauges(step.object("values"));
            case "expect_breakers" -> expectBreakers(where, step, relay);
            case "reset_breaker" -> relay.agents().resetBreaker(name(step, "of"));
            case "expect_supervised" ->
                assertThat(relay.agents().supervised())
                        .as(where)
                        .extracting(row -> row.get("name"))
                        .isEqualTo(step.values("names"));
            case "expect_logs" ->
                assertThat(relay.agents().logs(step.text("name"))).as(where).isEqualTo(step.values("lines"));
            case "subscribe_many" -> {
                for (int i = 0; i < step.number("count"); i++) {
                    relay.subscribe("many." + prefix + i, false);
                }
            }
            case "expect_connected" -> assertThat(relay.isConnected()).as(where).isEqualTo(step.flag("connected"));
            default -> throw new AssertionError(where + ": unknown step " + step);
        }
    }

    private boolean pause(Step step, Relay relay) {
        return step.has("sender")
                ? relay.agents().pauseLane(name(step, "of"), name(step, "sender"))
                : relay.pause(name(step, "of"), "by the scenario");
    }

    private boolean resume(Step step, Relay relay) {
        return step.has("sender")
                ? relay.agents().resumeLane(name(step, "of"), name(step, "sender"))
                : relay.resume(name(step, "of"));
    }

    /** Those of the agent as a whole. */
    private void expectBreakers(String where, Step step, Relay relay) {
        List<Object> states = relay.agents().breakers().stream()
                .filter(row -> name(step, "of").equals(row.get("agent")) && "agent".equals(row.get("scope")))
                .map(row -> Objects.requireNonNull(row.get("state")))
                .toList();
        assertThat(states).as(where).isEqualTo(step.values("states"));
    }

    private void sendCommand(String where, Step step, Relay relay) {
        Reply reply = relay.sendCommand(name(step, "of"), step.text("command"), step.object("args"), step.timeout());
        assertThat(reply.json()).as(where).isEqualTo(step.value("reply"));
    }

    /** A row that the supervisor answered has at least these fields. */
    private static void row(String where, Step step, Map<String, @Nullable Object> found) {
        assertThat(found).as(where).containsAllEntriesOf(step.object("row"));
    }

    private void watch(Step step, Relay relay) {
        List<Map<String, @Nullable Object>> seen = new CopyOnWriteArrayList<>();
        events.put(relay.name() + "<" + step.text("event"), seen);
        relay.onEvent(step.text("event"), seen::add);
    }

    private void expectEvent(String where, Step step, Relay relay) {
        List<Map<String, @Nullable Object>> seen =
                Objects.requireNonNull(events.get(relay.name() + "<" + step.text("event")));
        Awaitility.await(where)
                .untilAsserted(() -> assertThat(seen)
                        .anySatisfy(event -> assertThat(event).containsEntry(step.text("field"), step.value("value"))));
    }
}
