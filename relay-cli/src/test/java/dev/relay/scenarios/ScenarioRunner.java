package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.InboxFile;
import dev.relay.client.Interest;
import dev.relay.client.Lanes;
import dev.relay.client.Message;
import dev.relay.client.Receipt;
import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import dev.relay.client.RelayDeadLettered;
import dev.relay.client.RelayException;
import dev.relay.client.RelayRefused;
import dev.relay.client.RelayRemoteError;
import dev.relay.client.RelayTimeout;
import dev.relay.client.SendHandle;
import dev.relay.client.SendOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
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
    private final Path directory;
    private final List<Steps> subjects;

    ScenarioRunner(Path socket, String topicPrefix, Path directory) {
        this.directory = directory;
        this.socket = socket;
        this.topicPrefix = topicPrefix;
        this.prefix = topicPrefix + "-";
        this.subjects = List.of(
                new SharedSteps(prefix, topicPrefix),
                new GroupSteps(prefix),
                new TeamSteps(prefix),
                new PresenceSteps(prefix),
                new QuotaSteps(prefix),
                new DeadLetterSteps(prefix, directory));
    }

    void run(String where, Step step) {
        for (Steps subject : subjects) {
            if (subject.knows(step)) {
                expect(where, step, () -> subject.run(where, step, agent(step).relay));
                return;
            }
        }
        switch (step.text("do")) {
            case "connect" -> expect(where, step, () -> connect(step));
            case "on" -> agent(step).on(step, prefix);
            case "start" -> agent(step).relay.start();
            case "send" -> expect(where, step, () -> send(where, step));
            case "send_and_wait" ->
                expect(
                        where,
                        step,
                        () -> agent(step)
                                .relay
                                .sendAndWait(target(step), step.text("kind"), step.value("value"), step.timeout()));
            case "send_many" -> expect(where, step, () -> sendMany(where, step));
            case "request" -> expect(where, step, () -> request(where, step));
            case "publish" -> expect(where, step, () -> publish(where, step));
            case "subscribe" -> expect(where, step, () -> agent(step).relay.subscribe(topic(step), interest(step)));
            case "expect_shadow" ->
                assertThat(received(step).shadow())
                        .as(where)
                        .containsEntry("agent", name(step, "of"))
                        .containsEntry("direction", step.text("direction"))
                        .containsEntry("sender", name(step, "sender"));
            case "expect_copy" -> await(where, step, () -> hasCopy(step));
            case "unsubscribe" -> expect(where, step, () -> agent(step).relay.unsubscribe(topic(step)));
            case "ack" -> received(step).ack();
            case "nack" -> received(step).nack("by the scenario");
            case "refuse" -> received(step).refuse("by the scenario");
            case "control" -> expect(where, step, () -> control(step));
            case "unblock" -> agent(step).unblock();
            case "close" -> close(where, step);
            case "expect_received" -> expectReceived(where, step);
            case "expect_message" -> expectMessage(where, step);
            case "expect_fate" -> expectFate(where, step);
            case "expect_pressure" ->
                await(
                        where,
                        step,
                        () -> agent(step).pressure.stream()
                                .anyMatch(e -> e.target().equals(target(step)) && e.isPaused() == step.flag("paused")));
            case "expect_death" ->
                await(
                        where,
                        step,
                        () -> agent(step).deaths.stream()
                                .anyMatch(d -> d.target().equals(target(step))
                                        && d.reason().equals(step.text("reason"))));
            case "on_dead_letter" ->
                agent(step)
                        .relay
                        .lanes()
                        .onDeadLetter(
                                name(step, "sender"),
                                step.text("what").equals("halt") ? Lanes.OnDeadLetter.HALT : Lanes.OnDeadLetter.SKIP);
            case "lane_skip" -> agent(step).relay.lanes().skip(name(step, "sender"));
            case "lane_resume" -> agent(step).relay.lanes().resume(name(step, "sender"));
            case "expect_halted" ->
                await(
                        where,
                        step,
                        () -> agent(step).relay.lanes().list(true).stream()
                                        .anyMatch(lane -> name(step, "sender").equals(lane.get("sender")))
                                == step.flag("halted"));
            case "expect_inbox" -> expectInbox(where, step);
            case "expect_health" ->
                assertThat(agent(step).relay.getHealth().isConnected())
                        .as(where)
                        .isEqualTo(step.flag("connected"));
            case "expect_metric" ->
                assertThat(agent(step).relay.getMetrics()).as(where).containsEntry(step.text("name"), (long)
                        step.number("value"));
            default -> throw new AssertionError(where + ": unknown step " + step);
        }
    }

    private AgentUnderTest agent(Step step) {
        return Objects.requireNonNull(agents.get(step.text("agent")), "no such agent: " + step);
    }

    private String name(Step step, String key) {
        return step.name(key, prefix);
    }

    private String target(Step step) {
        return name(step, "to");
    }

    private String topic(Step step) {
        return step.text("topic").replace("{p}", topicPrefix);
    }

    // ---- steps

    private void connect(Step step) {
        String name = name(step, "agent");
        RelayBuilder builder = Relay.builder(name).socket(socket).namespace(step.textOr("namespace", "default"));
        if (step.has("outbox_messages")) {
            builder.outbox(step.number("outbox_messages"), 1 << 20);
        }
        if (step.has("metadata")) {
            builder.metadata(step.object("metadata"));
        }
        if (step.has("capabilities")) {
            builder.capabilities(step.texts("capabilities").toArray(new String[0]));
        }
        if (step.flag("inbox")) {
            builder.inbox(InboxFile.at(directory.resolve(name)));
        }
        step.steps("interests").forEach(each -> builder.interest(topic(each), interest(each)));
        Relay relay = builder.connect();
        agents.put(step.textOr("as", step.text("agent")), new AgentUnderTest(relay));
    }

    private Interest interest(Step step) {
        Interest interest = step.flag("durable") ? Interest.DURABLE : Interest.LIVE;
        if (step.has("senders")) {
            interest = interest.senders(
                    step.texts("senders").stream().map(name -> prefix + name).toArray(String[]::new));
        }
        return step.has("content_types")
                ? interest.contentTypes(step.texts("content_types").toArray(new String[0]))
                : interest;
    }

    /** Whether the agent was given a copy, or word of what became of it, with these fields. */
    private boolean hasCopy(Step step) {
        return agent(step).received.stream()
                .map(AgentUnderTest.Received::message)
                .filter(message -> message.kind().equals(step.text("kind")))
                .anyMatch(message -> isOf(name(step, "of"), message)
                        && message.json()
                                .entrySet()
                                .containsAll(step.object("holds").entrySet()));
    }

    private static boolean isOf(String agent, Message message) {
        Map<String, ?> shadow = message.shadow();
        return shadow != null && agent.equals(shadow.get("agent"));
    }

    private Message received(Step step) {
        return agent(step).received.get(step.number("index")).message();
    }

    private static SendOptions options(Step step) {
        SendOptions options = SendOptions.DEFAULT.priority(step.numberOr("priority", 0));
        options = step.has("ttl_ms") ? options.ttl(Duration.ofMillis(step.number("ttl_ms"))) : options;
        options = step.textOr("require", "").equals("disk") ? options.require(SendOptions.Require.DISK) : options;
        options = step.flag("journal") ? options.journal() : options;
        options = step.has("app_id") ? options.appId(step.text("app_id")) : options;
        options = step.has("key") ? options.key(step.text("key")) : options;
        return step.textOr("durability", "").equals("none") ? options.durability(SendOptions.Durability.NONE) : options;
    }

    private void sendMany(String where, Step step) {
        List<?> values = step.has("count")
                ? IntStream.range(0, step.number("count")).boxed().toList()
                : step.values("values");
        settle(where, step, agent(step).relay.sendMany(target(step), step.text("kind"), values, options(step)));
    }

    private void settle(String where, Step step, List<SendHandle> handles) {
        agent(step).sent.addAll(handles);
        if (step.has("expect")) {
            for (SendHandle handle : handles) {
                Receipt receipt = handle.result(RECEIPT);
                if (step.has("by")) {
                    assertThat(receipt.by().name().toLowerCase(Locale.ROOT))
                            .as(where)
                            .isEqualTo(step.text("by"));
                }
            }
        }
    }

    private void control(Step step) {
        Map<String, Object> arguments = new HashMap<>();
        ((Map<?, ?>) Objects.requireNonNull(step.value("arguments")))
                .forEach((k, v) ->
                        arguments.put(String.valueOf(k), v instanceof String text ? text.replace("{a}", prefix) : v));
        agent(step).relay.control(step.text("op"), arguments);
    }

    private void expectFate(String where, Step step) {
        AgentUnderTest agent = agent(step);
        SendHandle last = agent.sent.get(agent.sent.size() - 1);
        await(
                where,
                step,
                () -> agent.relay.fate(Objects.requireNonNull(last.message())).equals(step.text("fate")));
    }

    private void expectInbox(String where, Step step) {
        try (InboxFile inbox = InboxFile.at(directory.resolve(name(step, "agent")))) {
            assertThat(inbox.load())
                    .as(where)
                    .singleElement()
                    .satisfies(p -> assertThat(p.sender()).isEqualTo(name(step, "sender")))
                    .satisfies(p -> assertThat(p.seq()).isEqualTo(step.number("seq")));
        }
    }

    private static void await(String where, Step step, Callable<Boolean> condition) {
        Awaitility.await(where)
                .atMost(step.timeout())
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }

    private void send(String where, Step step) {
        Relay relay = agent(step).relay;
        List<SendHandle> handles = new ArrayList<>();
        if (step.has("bytes")) {
            handles.add(relay.send(target(step), step.text("kind"), new byte[step.number("bytes")], options(step)));
        } else {
            for (Object value : step.values("values")) {
                handles.add(relay.send(target(step), step.text("kind"), value, options(step)));
            }
        }
        settle(where, step, handles);
    }

    private void publish(String where, Step step) {
        List<SendHandle> handles = new ArrayList<>();
        for (Object value : step.values("values")) {
            handles.add(agent(step).relay.publish(topic(step), step.text("kind"), value));
        }
        for (SendHandle handle : handles) {
            Receipt receipt = handle.result(RECEIPT);
            if (step.has("durable")) {
                assertThat(List.of(receipt.durableMatches(), receipt.liveMatches()))
                        .as(where)
                        .containsExactly(step.number("durable"), step.number("live"));
            }
        }
    }

    private void request(String where, Step step) {
        Object answer = agent(step)
                .relay
                .request(target(step), step.text("kind"), step.value("value"), step.timeout())
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
            if (step.has("retry_after_ms")) {
                expectRetryAfter(where, step, e);
            }
        }
        assertThat(outcome).as(() -> where + " " + metrics()).isEqualTo(step.textOr("expect", "ok"));
    }

    /** The daemon said when to try again: between these. */
    private static void expectRetryAfter(String where, Step step, RelayException e) {
        List<?> range = step.values("retry_after_ms");
        assertThat(((RelayRefused) e).retryAfterMs())
                .as(where)
                .isBetween(((Long) range.get(0)).intValue(), ((Long) range.get(1)).intValue());
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
                .atMost(step.timeout())
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
        if (step.has("group")) {
            assertThat(message.group()).as(where).isEqualTo(prefix + step.text("group"));
            assertThat(message.partition()).as(where).isEqualTo(step.number("partition"));
            assertThat(message.groupEpoch()).as(where).isEqualTo(step.number("group_epoch"));
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
