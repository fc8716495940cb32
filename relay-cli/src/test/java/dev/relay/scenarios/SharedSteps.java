package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Decision;
import dev.relay.client.LatestValue;
import dev.relay.client.Relay;
import dev.relay.client.StateChange;
import dev.relay.client.Vote;
import dev.relay.client.Windows;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Steps of what agents share: states, latest values, windows, proposals. */
final class SharedSteps extends Steps {
    private final String topicPrefix;
    private final Map<String, StateChange> watched = new ConcurrentHashMap<>();
    private final Map<String, LatestValue> latest = new ConcurrentHashMap<>();
    private long proposal;

    SharedSteps(String prefix, String topicPrefix) {
        super(
                prefix,
                "update_state",
                "replace_state",
                "expect_state",
                "watch_state",
                "expect_watched_state",
                "unwatch_state",
                "latest_put",
                "watch_latest",
                "expect_latest",
                "expect_latest_now",
                "flush_latest",
                "unwatch_latest",
                "window_set",
                "window_append",
                "expect_window",
                "on_question",
                "propose",
                "open_proposal",
                "vote",
                "expect_proposal",
                "expect_proposals",
                "expect_decision");
        this.topicPrefix = topicPrefix;
    }

    @Override
    void run(String where, Step step, Relay relay) {
        switch (step.text("do")) {
            case "update_state" -> updateState(step, relay);
            case "replace_state" -> relay.state().replace(step.objectOrNone("set"));
            case "expect_state" ->
                until(where, step, () -> relay.getState(name(step, "of")), step.objectOrNone("state"));
            case "watch_state" ->
                relay.watchState(
                        name(step, "pattern"), change -> watched.put(relay.name() + "<" + change.agent(), change));
            case "expect_watched_state" ->
                until(where, step, () -> watchedState(step, relay), step.objectOrNone("state"));
            case "latest_put" ->
                step.objectOrNone("values")
                        .forEach((key, value) -> relay.latest().put(topic(step), key, value));
            case "watch_latest" ->
                relay.latest()
                        .watch(
                                topic(step),
                                value -> latest.put(relay.name() + "<" + value.topic() + value.key(), value));
            case "expect_latest" ->
                step.objectOrNone("values")
                        .forEach((key, value) -> until(
                                where,
                                step,
                                () -> latest.getOrDefault(
                                                relay.name() + "<" + topic(step) + key,
                                                new LatestValue("", "", null, 0))
                                        .value(),
                                value));
            case "unwatch_state" -> relay.state().unwatch(name(step, "pattern"));
            case "expect_latest_now" -> until(where, step, () -> latestNow(step, relay), step.objectOrNone("values"));
            case "flush_latest" ->
                assertThat(relay.latest().flush(step.timeout())).as(where).isTrue();
            case "unwatch_latest" -> relay.latest().unwatch(topic(step));
            case "window_set" -> relay.windows().set(topic(step), step.number("count"), step.number("bytes"));
            case "window_append" ->
                relay.windows().append(topic(step), step.values("values").toArray());
            case "expect_window" ->
                assertThat(relay.windows().read(topic(step), step.number("last")))
                        .as(where)
                        .extracting(Windows.Entry::value)
                        .isEqualTo(step.values("values"));
            case "on_question" -> relay.proposals().onQuestion(question -> word(step));
            case "propose" -> propose(where, step, relay);
            case "open_proposal" ->
                proposal = relay.proposals()
                        .open(
                                step.text("title"),
                                null,
                                voters(step),
                                step.text("rule"),
                                step.numberOr("threshold", 0),
                                step.timeout());
            case "vote" -> relay.proposals().vote(proposal, word(step));
            case "expect_proposal" ->
                assertThat(relay.proposals().get(proposal))
                        .as(where)
                        .containsEntry(step.text("field"), step.value("value"));
            case "expect_proposals" ->
                assertThat(relay.proposals().list(false))
                        .as(where)
                        .filteredOn(row -> relay.name().equals(row.get("by")))
                        .extracting(row -> row.get("title"))
                        .isEqualTo(step.values("titles"));
            case "expect_decision" -> decided(where, step, relay.proposals().await(proposal, step.timeout()));
            default -> throw new AssertionError(where + ": unknown step " + step);
        }
    }

    private Map<String, @Nullable Object> latestNow(Step step, Relay relay) {
        Map<String, @Nullable Object> values = new HashMap<>();
        relay.latest().get(topic(step)).forEach((key, value) -> values.put(key, value.value()));
        return values;
    }

    private static void updateState(Step step, Relay relay) {
        long unused = step.has("remove")
                ? relay.state().update(step.objectOrNone("set"), step.textsOrNone("remove"))
                : relay.updateState(step.objectOrNone("set"));
    }

    private @Nullable Object watchedState(Step step, Relay relay) {
        StateChange change = watched.get(relay.name() + "<" + name(step, "of"));
        return change == null ? null : change.state();
    }

    private void propose(String where, Step step, Relay relay) {
        decided(
                where,
                step,
                step.has("weights")
                        ? relay.propose(
                                step.text("title"), weights(step), step.numberOr("threshold", 0), step.timeout())
                        : relay.propose(step.text("title"), voters(step), step.text("rule"), step.timeout()));
    }

    private Map<String, Long> weights(Step step) {
        Map<String, Long> weights = new HashMap<>();
        step.object("weights").forEach((voter, weight) -> weights.put(prefix + voter, (Long) weight));
        return weights;
    }

    private void decided(String where, Step step, Decision decision) {
        assertThat(decision.isApproved())
                .as(where)
                .isEqualTo(step.text("decision").equals("approved"));
        assertThat(decision.why()).as(where).isEqualTo(step.text("why"));
        if (step.has("reasons")) {
            Map<String, Object> reasons = new HashMap<>();
            decision.votes().forEach((voter, vote) -> reasons.put(voter.substring(prefix.length()), vote.reason()));
            assertThat(reasons).as(where).isEqualTo(step.object("reasons"));
        }
    }

    private List<String> voters(Step step) {
        return step.values("voters").stream().map(name -> prefix + name).toList();
    }

    private static Vote word(Step step) {
        return new Vote(Vote.Word.valueOf(step.text("vote").toUpperCase(Locale.ROOT)), step.textOr("reason", ""));
    }

    private String topic(Step step) {
        return step.text("topic").replace("{p}", topicPrefix);
    }

    private interface Actual {
        @Nullable
        Object get();
    }

    private static void until(String where, Step step, Actual actual, @Nullable Object wanted) {
        Awaitility.await(where)
                .atMost(step.timeout())
                .pollInterval(Duration.ofMillis(10))
                .untilAsserted(() -> assertThat(actual.get()).as(where).isEqualTo(wanted));
    }
}
