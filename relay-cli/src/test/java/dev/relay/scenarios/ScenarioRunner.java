package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.RelayDeadLettered;
import dev.relay.client.RelayException;
import dev.relay.client.RelayRefused;
import dev.relay.client.RelayRemoteError;
import dev.relay.client.RelayTimeout;
import dev.relay.client.SendHandle;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Runs the steps of one scenario; the vocabulary is described beside the table. */
final class ScenarioRunner implements AutoCloseable {
    private static final Duration RECEIPT = Duration.ofSeconds(5);

    /** A call whose outcome a step expects. */
    private interface Call {
        void run();
    }

    private final Path socket;
    private final String topicPrefix;
    private final String prefix;
    private final Map<String, AgentUnderTest> agents = new HashMap<>();

    ScenarioRunner(Path socket, String topicPrefix) {
        this.socket = socket;
        this.topicPrefix = topicPrefix;
        this.prefix = topicPrefix + "-";
    }

    void run(String where, Step step) {
        switch (step.text("do")) {
            case "connect" -> expect(where, step, () -> connect(step));
            case "on" -> agent(step).on(step, prefix);
            case "start" -> agent(step).relay.start();
            case "send" -> expect(where, step, () -> send(step));
            case "send_and_wait" ->
                expect(
                        where,
                        step,
                        () -> agent(step)
                                .relay
                                .sendAndWait(target(step), step.text("kind"), step.value("value"), timeout(step)));
            case "request" -> expect(where, step, () -> request(where, step));
            case "publish" -> expect(where, step, () -> publish(step));
            case "subscribe" -> agent(step).relay.subscribe(topic(step), step.flag("durable"));
            case "ack" ->
                agent(step).received.get(step.number("index")).message().ack();
            case "unblock" -> agent(step).unblock();
            case "close" -> close(where, step);
            case "expect_received" -> expectReceived(where, step);
            case "expect_message" -> expectMessage(where, step);
            default -> throw new AssertionError(where + ": unknown step " + step);
        }
    }

    private AgentUnderTest agent(Step step) {
        return Objects.requireNonNull(agents.get(step.text("agent")), "no such agent: " + step);
    }

    private String name(Step step, String key) {
        return step.flag("raw_name") ? step.text(key) : prefix + step.text(key);
    }

    private String target(Step step) {
        return name(step, "to");
    }

    private String topic(Step step) {
        return step.text("topic").replace("{p}", topicPrefix);
    }

    private static Duration timeout(Step step) {
        return Duration.ofMillis(step.numberOr("timeout_ms", 5_000));
    }

    // ---- steps

    private void connect(Step step) {
        Relay relay = Relay.builder(name(step, "agent")).socket(socket).connect();
        agents.put(step.textOr("as", step.text("agent")), new AgentUnderTest(relay));
    }

    private void send(Step step) {
        Relay relay = agent(step).relay;
        List<SendHandle> handles = new ArrayList<>();
        if (step.has("bytes")) {
            handles.add(relay.send(target(step), step.text("kind"), new byte[step.number("bytes")]));
        } else {
            for (Object value : step.values("values")) {
                handles.add(relay.send(target(step), step.text("kind"), value));
            }
        }
        if (step.has("expect")) {
            handles.forEach(handle -> handle.result(RECEIPT));
        }
    }

    private void publish(Step step) {
        List<SendHandle> handles = new ArrayList<>();
        for (Object value : step.values("values")) {
            handles.add(agent(step).relay.publish(topic(step), step.text("kind"), value));
        }
        handles.forEach(handle -> handle.result(RECEIPT));
    }

    private void request(String where, Step step) {
        Object answer = agent(step)
                .relay
                .request(target(step), step.text("kind"), step.value("value"), timeout(step))
                .as(Object.class);
        assertThat(answer).as(where).isEqualTo(step.value("reply"));
    }

    private void close(String where, Step step) {
        AgentUnderTest agent = Objects.requireNonNull(agents.remove(step.text("agent")));
        agent.unblock();
        int unresolved = agent.relay.close(RECEIPT);
        if (step.has("unresolved")) {
            assertThat(unresolved).as(where).isEqualTo(step.number("unresolved"));
        }
    }

    // ---- expectations

    private void expect(String where, Step step, Call call) {
        String outcome;
        try {
            call.run();
            outcome = "ok";
        } catch (RelayException e) {
            outcome = outcomeOf(e);
        }
        assertThat(outcome).as(() -> where + " " + metrics()).isEqualTo(step.textOr("expect", "ok"));
    }

    private String metrics() {
        StringBuilder text = new StringBuilder();
        agents.forEach((name, agent) ->
                text.append(name).append(agent.relay.getMetrics()).append(' '));
        return text.toString();
    }

    private static String outcomeOf(RelayException e) {
        if (e instanceof RelayDeadLettered dead) {
            return "dead:" + dead.reason();
        } else if (e instanceof RelayTimeout) {
            return "timeout";
        } else if (e instanceof RelayRemoteError) {
            return "remote_error";
        }
        return (e instanceof RelayRefused ? "refused:" : "") + e.code();
    }

    private void expectReceived(String where, Step step) {
        AgentUnderTest agent = agent(step);
        String tag = step.textOr("tag", step.textOr("kind", ""));
        List<?> wanted = step.values("values");
        Awaitility.await(where)
                .atMost(timeout(step))
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(
                        () -> assertThat(agent.values(tag)).as(where).hasSizeGreaterThanOrEqualTo(wanted.size()));
        assertThat(agent.values(tag)).as(where).isEqualTo(wanted);
    }

    private void expectMessage(String where, Step step) {
        Message message = agent(step).received.get(step.number("index")).message();
        if (step.has("sender")) {
            assertThat(message.sender()).as(where).isEqualTo(prefix + step.text("sender"));
        }
        if (step.has("attempt")) {
            assertThat(message.attempt()).as(where).isEqualTo(step.number("attempt"));
        }
        if (step.has("redelivered")) {
            assertThat(message.isRedelivered()).as(where).isEqualTo(step.flag("redelivered"));
        }
        if (step.has("topic")) {
            assertThat(message.topic()).as(where).isEqualTo(topic(step));
        }
    }

    @Override
    public void close() {
        agents.values().forEach(AgentUnderTest::unblock);
        agents.values().forEach(agent -> agent.relay.close(Duration.ofSeconds(1)));
    }
}
