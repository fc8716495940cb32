package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import dev.relay.protocol.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Commands that the daemon gives for somebody outside: what became of them, and what of it is written down. */
class CommandTest extends HeartTest {
    private final List<Map<String, ?>> outcomes = new ArrayList<>();
    private final List<ErrorCode> refusals = new ArrayList<>();

    private Peer worker() {
        Peer worker = heart.join("worker");
        worker.credit(100);
        worker.bind(1, "agent", "relay-daemon", "reply");
        return worker;
    }

    private void command(String agent, Object... more) {
        Map<String, @Nullable Object> request = new HashMap<>(Map.of("agent", agent, "command", "rebalance"));
        for (int i = 0; i < more.length; i += 2) {
            request.put((String) more[i], more[i + 1]);
        }
        heart.bus.operate("admin-http", "agent.command", request, new Answer() {
            @Override
            public void ok(Map<String, ?> result) {
                outcomes.add(result);
            }

            @Override
            public void fail(ErrorCode code, String message) {
                refusals.add(code);
            }
        });
        heart.turn();
    }

    /** Answers as an SDK does: the reply acks its request in the same step. */
    private void reply(Peer worker, Got request, long seq, String payload, boolean isError) {
        HeaderBlock.Builder block = Peer.answers(request);
        byte[] bytes = (isError ? block.put(HeaderKey.ERROR_TEXT, "no such book") : block).build();
        worker.send(1, seq, Flags.REPLY, 0, bytes, payload);
        heart.turn();
    }

    @Test
    void I36_shouldAnswerWithWhatTheAgentReplied() {
        Peer worker = worker();
        command("worker", "args", Map.of("to", 3L));
        Got request = worker.one(FrameType.DELIVER);
        assertThat(Json.object(request.payload()))
                .containsEntry("command", "rebalance")
                .containsEntry("args", Map.of("to", 3L));
        assertThat(outcomes).isEmpty();
        reply(worker, request, 1, "{\"moved\":3}", false);
        assertThat(outcomes).containsExactly(Map.of("outcome", "answered", "answer", Map.of("moved", 3L)));
        assertThat(worker.take(FrameType.SENT)).as("the reply is safe").isNotEmpty();
        command("worker");
        reply(worker, worker.one(FrameType.DELIVER), 2, "", true);
        assertThat(outcomes).last().isEqualTo(Map.of("outcome", "failed", "error", "no such book"));
    }

    @Test
    void shouldTellThatNobodyAnsweredAndLetTheRequestExpire() {
        Peer worker = worker();
        worker.control("pause");
        command("worker", "timeout_ms", 2_000L);
        heart.liveMs(3_000, worker);
        assertThat(outcomes).hasSize(1);
        assertThat(outcomes.get(0).get("outcome")).isIn("no_answer", "died");
        worker.control("resume");
        heart.liveMs(1_000, worker);
        assertThat(worker.take(FrameType.DELIVER))
                .as("nobody expects it any more")
                .isEmpty();
    }

    @Test
    void shouldRefuseByCodeWhoIsAbsentUnknownOrAsksForMore() {
        worker().die();
        Peer supervisor = heart.join("supervisor");
        supervisor.credit(100);
        command("worker");
        command("nobody");
        command("supervisor", "command", "spawn");
        command("supervisor", "command", "restart", "timeout_ms", 0L);
        assertThat(refusals)
                .containsExactly(
                        ErrorCode.RECIPIENT_OFFLINE,
                        ErrorCode.NOT_FOUND,
                        ErrorCode.UNAUTHORIZED,
                        ErrorCode.BAD_REQUEST);
        assertThat(supervisor.take(FrameType.DELIVER)).isEmpty();
        command("supervisor", "command", "restart", "args", Map.of("name", "worker"));
        assertThat(supervisor.take(FrameType.DELIVER)).hasSize(1);
    }
}
