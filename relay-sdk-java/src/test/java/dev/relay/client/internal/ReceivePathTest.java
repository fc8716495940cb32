package dev.relay.client.internal;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.relay.protocol.Clock;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.HeaderBlock;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a delivery costs: garbage, and bytes written back. */
class ReceivePathTest {
    private static final int PAYLOAD_BYTES = 64;
    private static final int PAYLOAD_ARRAY_BYTES = PAYLOAD_BYTES + 16;
    /** The message object that the handler may keep; nothing else. */
    private static final int MESSAGE_OBJECT_BYTES = 160;

    private static final int BATCH = 64;

    private final ByteBuffer in = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final ByteBuffer out = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    private final FrameSink sink = new FrameSink() {
        @Override
        public @Nullable ByteBuffer reserve(int bytes) {
            return out;
        }

        @Override
        public void commit() {
            frames++;
        }
    };
    private final ClientSession session =
            new ClientSession(SessionConfig.of("me"), Clock.system(), new SplittableRandom(1), new SessionListener() {
                @Override
                public void onSent(Outgoing message, int by) {}

                @Override
                public void onRefused(Outgoing message, int code, int retryAfterMs) {}

                @Override
                public void onResult(Outgoing message, int outcome, int reason, int attempts) {}

                @Override
                public void onUnknown(Outgoing message, String why) {}

                @Override
                public void onReply(Outgoing request, Inbound reply) {}

                @Override
                public void onError(String code, String message, boolean fatal) {
                    throw new AssertionError(code + " " + message);
                }
            });
    private long seq;
    private int frames;

    private void open() {
        session.connected();
        session.pump(sink);
        control(
                FrameType.WELCOME,
                Map.of("store_uuid", "s", "boot_no", 1, "epoch", 5L << 32, "resume", "aa", "resumed", false));
        control(FrameType.LANE, Map.of("lane", 1, "sender", "bob", "class", "message", "epoch", 0, "floor", 0));
        session.pump(sink);
    }

    private void control(int type, Map<String, ?> json) {
        FrameWriter.control(in.clear(), type, json);
        session.onFrame(in, 0);
    }

    /** One read batch: deliveries, their handlers, one pump. */
    private void batch() {
        for (int i = 0; i < BATCH; i++) {
            FrameWriter.message(
                    in.clear(),
                    FrameType.DELIVER,
                    0,
                    0,
                    0,
                    1,
                    0,
                    5L << 32,
                    ++seq,
                    0,
                    1,
                    7,
                    seq,
                    HeaderBlock.EMPTY,
                    payload);
            payload.clear();
            session.onFrame(in, 0);
            Inbound message = session.startNext();
            if (message == null) {
                throw new AssertionError("nothing to start: seq=" + seq);
            }
            session.returned(message, true);
        }
        out.clear();
        frames = 0;
        session.pump(sink);
    }

    private final ByteBuffer payload = ByteBuffer.allocate(PAYLOAD_BYTES);

    @Test
    void shouldAllocateTheMessageAndItsPayloadAndNothingElse() {
        open();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 30; round++) {
            long before = threads.getThreadAllocatedBytes(thread);
            for (int i = 0; i < 100; i++) {
                batch();
            }
            least = Math.min(least, (threads.getThreadAllocatedBytes(thread) - before) / (100 * BATCH));
        }
        assertThat(least).isLessThanOrEqualTo(PAYLOAD_ARRAY_BYTES + MESSAGE_OBJECT_BYTES);
    }

    @Test
    void shouldWriteOneAckForAWholeBatch() {
        open();
        batch();
        assertThat(frames).isEqualTo(1);
    }
}
