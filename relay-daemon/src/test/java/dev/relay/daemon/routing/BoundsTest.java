package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Limits;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What others keep without end (D22): whatever grows with what clients do has a bound, and who comes to it is told so by a code. */
class BoundsTest extends HeartTest {
    private static final int MAILBOX = 1_000;
    private static final int AGENTS = 1_000;
    private static final int OPEN_PROPOSALS = 1_000;

    @Override
    BusConfig config() {
        return Heart.small(100, MAILBOX);
    }

    private static Object codeOf(Map<String, ?> json) {
        return json.containsKey("code") ? Objects.requireNonNull(json.get("code")) : "ok";
    }

    @Test
    void D22_shouldRefuseWhatIsBeyondTheMailboxOfAnAgentThatIsAway() {
        heart.join("recipient").die();
        Peer sender = heart.join("sender");
        sender.bind(1, "recipient");
        for (int seq = 1; seq <= MAILBOX + 1; seq++) {
            sender.send(1, seq, 0, "m");
        }
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.MAILBOX_FULL.number());
        assertThat(heart.bus.snapshot().refused()).containsEntry("MAILBOX_FULL", 1L);
        assertThat(heart.bus.snapshot().queuedMessages()).isEqualTo(MAILBOX);
    }

    /** With the agents their quotas, mailboxes and streams. */
    @Test
    void D22_shouldRefuseAgentsBeyondTheirNumberByWhateverWayTheyCome() {
        Peer first = heart.join("first");
        for (int i = 1; i < AGENTS; i++) {
            first.json(FrameType.CONTROL, Map.of("ref", 1L, "op", "agents.add", "name", "a" + i));
        }
        heart.turn();
        first.take(FrameType.CONTROL_REPLY);
        assertThat(codeOf(first.control("agents.add", "name", "one-more"))).isEqualTo("OVERLOADED");
        assertThat(codeOf(first.control("agents.add", "name", "a1"))).isEqualTo("ok");
        Peer stranger = heart.connect();
        stranger.hello("stranger");
        heart.turn();
        assertThat(stranger.one(FrameType.ERROR).json()).containsEntry("code", "OVERLOADED");
        Peer known = heart.connect();
        known.hello(
                "a1",
                "floors",
                List.of(Map.of("sender", "ghost", "class", "message", "epoch", first.epoch, "seq", 9L)));
        heart.turn();
        known.welcome();
        assertThat(heart.counter(Counter.FLOORS_REFUSED)).isEqualTo(1);
        assertThat(heart.bus.snapshot().lanes()).isZero();
    }

    @Test
    void D22_shouldRefuseStreamsBeyondTheirNumberOverAllConnectionsOfAnAgent() {
        Peer sender = heart.join("sender");
        int some = 40_000;
        bindAll(sender, "t", some);
        Peer again = sender.reconnect();
        bindAll(again, "u", Limits.MAX_HANDLES - some);
        assertThat(again.take(FrameType.ERROR)).isEmpty();
        again.bind(70_000, "one-more");
        assertThat(again.one(FrameType.ERROR).json()).containsEntry("code", "BAD_HANDLE");
        again.take(FrameType.BOUND);
        again.bind(70_001, "t1");
        assertThat(again.take(FrameType.BOUND)).as("what it has").hasSize(1);
    }

    private void bindAll(Peer sender, String prefix, int count) {
        for (int i = 1; i <= count; i++) {
            sender.bind(i, prefix + i);
            if (i % 5_000 == 0) {
                heart.turn();
            }
        }
        heart.turn();
    }

    @Test
    void D22_shouldRefuseProposalsBeyondTheNumberOfOpenOnes() {
        Peer by = heart.join("by");
        Map<String, Object> proposal =
                Map.of("ref", 1L, "op", "propose", "title", "t", "voters", List.of("by"), "timeout_ms", 60_000L);
        for (int i = 0; i <= OPEN_PROPOSALS; i++) {
            by.json(FrameType.CONTROL, proposal);
        }
        heart.turn();
        List<Object> codes = by.take(FrameType.CONTROL_REPLY).stream()
                .map(reply -> codeOf(reply.json()))
                .toList();
        assertThat(codes).hasSize(OPEN_PROPOSALS + 1).containsOnlyOnce("QUEUE_FULL");
    }
}
