package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is there, what agents say of themselves, and how a watcher stays right. */
class PresenceTest extends HeartTest {
    @Override
    BusConfig config() {
        return Heart.small(100, 1_000);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, @Nullable Object>> rows(Map<String, @Nullable Object> page) {
        return (List<Map<String, @Nullable Object>>) Objects.requireNonNull(page.get("agents"));
    }

    private static List<String> states(Map<String, @Nullable Object> page) {
        return rows(page).stream()
                .map(row -> row.get("name") + "=" + row.get("state"))
                .toList();
    }

    private static List<String> events(Peer peer) {
        return peer.take(FrameType.EVENT).stream()
                .map(Got::json)
                .map(event -> event.get("no") + " " + event.get("what") + " " + nameOf(event))
                .toList();
    }

    private static Object nameOf(Map<String, @Nullable Object> event) {
        return Objects.requireNonNull(((Map<?, ?>) Objects.requireNonNull(event.get("agent"))).get("name"));
    }

    @Test
    void shouldListWhatAgentsSayOfThemselvesAlsoAfterARestart() {
        Peer risk = heart.join("risk", "metadata", Map.of("desk", "eq"), "capabilities", List.of("risk", "var"));
        heart.join("feed");
        assertThat(rows(risk.control("presence.ls", "capability", "var")))
                .singleElement()
                .satisfies(row -> assertThat(row.get("metadata")).isEqualTo(Map.of("desk", "eq")));
        risk.control("presence.set", "capabilities", List.of("halt"));
        heart.crash();
        Peer feed = heart.join("feed");
        assertThat(states(feed.control("presence.ls"))).containsExactly("feed=connected", "risk=away");
        assertThat(rows(feed.control("agents", "capability", "halt")))
                .singleElement()
                .satisfies(row -> assertThat(row.get("metadata")).isEqualTo(Map.of("desk", "eq")));
    }

    @Test
    void shouldRefuseWhatIsTooLargeAndChangeNothing() {
        Peer risk = heart.join("risk", "metadata", Map.of("desk", "eq"));
        assertThat(risk.control("presence.set", "metadata", Map.of("text", "x".repeat(5_000)))
                        .get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(risk.control("presence.set", "capabilities", "risk").get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(rows(risk.control("presence.ls")).get(0).get("metadata")).isEqualTo(Map.of("desk", "eq"));
        Peer bad = heart.connect();
        bad.hello("bad", "metadata", 3L);
        heart.turn();
        assertThat(bad.one(FrameType.ERROR).json())
                .containsEntry("code", "BAD_REQUEST")
                .containsEntry("fatal", false);
    }

    @Test
    void shouldTellAWatcherOfJoinsSilenceAndLeavesInOrderWithoutGaps() {
        Peer watcher = heart.join("watcher", "events", List.of("presence"));
        Peer agent = heart.join("agent");
        assertThat(states(watcher.control("presence.watch", "prefix", "a"))).containsExactly("agent=connected");
        heart.liveMs(4_000, watcher);
        agent.say(b -> dev.relay.protocol.FrameWriter.pong(b, 1));
        heart.advanceMs(300);
        agent.control("presence.set", "capabilities", List.of("x"));
        agent.goodbye();
        heart.join("other");
        heart.join("agent");
        assertThat(events(watcher))
                .containsExactly("1 stale agent", "2 fresh agent", "3 changed agent", "4 leave agent", "5 join agent");
    }

    @Test
    void shouldGiveEveryChangeAHigherVersionOverRestarts() {
        Peer watcher = heart.join("watcher", "events", List.of("presence"));
        heart.join("agent");
        long before = version(watcher.control("presence.ls", "prefix", "agent"));
        heart.crash();
        Peer again = heart.join("watcher");
        assertThat(version(again.control("presence.ls", "prefix", "agent"))).isGreaterThan(before);
        assertThat(states(again.control("presence.ls", "prefix", "agent"))).containsExactly("agent=away");
    }

    private static long version(Map<String, @Nullable Object> page) {
        return (Long) Objects.requireNonNull(rows(page).get(0).get("version"));
    }

    @Test
    void shouldPageTheDirectory() {
        Peer first = heart.join("a0");
        for (int i = 1; i < 25; i++) {
            heart.join("a" + i, "metadata", Map.of("text", "x".repeat(3_000)));
        }
        Map<String, @Nullable Object> page = first.control("presence.ls");
        assertThat(page).containsEntry("more", true);
        String last = String.valueOf(rows(page).get(rows(page).size() - 1).get("name"));
        Map<String, @Nullable Object> rest = first.control("presence.ls", "after", last);
        assertThat(rest).containsEntry("more", false);
        assertThat(rows(page).size() + rows(rest).size()).isEqualTo(25);
    }

    @Test
    void shouldAnswerWhoWaitsForAnAgentWhenItIsThere() {
        Peer waiting = heart.join("waiting");
        waiting.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "agents.wait", "name", "late", "timeout_ms", 5_000L));
        heart.turn();
        assertThat(waiting.take(FrameType.CONTROL_REPLY)).isEmpty();
        heart.join("late");
        assertThat(waiting.one(FrameType.CONTROL_REPLY).json()).containsEntry("found", true);
        waiting.json(
                FrameType.CONTROL,
                Map.of("ref", 1L, "op", "agents.wait", "name", "late", "timeout_ms", 500L, "ready", true));
        heart.advanceMs(1_000);
        assertThat(waiting.one(FrameType.CONTROL_REPLY).json()).containsEntry("found", false);
        assertThat(waiting.control("agents.wait", "name", "NO").get("code")).isEqualTo("BAD_NAME");
    }
}
