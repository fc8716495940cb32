package dev.relay.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameAssemblerTest {
    private final Seen seen = new Seen();
    private final FrameAssembler assembler =
            new FrameAssembler(seen, PooledByteBufAllocator.DEFAULT, Limits.MAX_FRAME_BYTES);

    @AfterEach
    void giveBack() {
        assembler.close();
    }

    @Test
    void shouldCutTheSameFramesHoweverTheBytesArrive() {
        byte[] stream = pings(200);
        for (long seed = 0; seed < 200; seed++) {
            seen.pings.clear();
            Random random = new Random(seed);
            for (int at = 0; at < stream.length; ) {
                int piece = Math.min(stream.length - at, 1 + random.nextInt(seed % 2 == 0 ? 3 : 400));
                feed(stream, at, piece);
                at += piece;
            }
            assertThat(seen.pings).as("seed %d", seed).hasSize(200).isSorted();
            assertThat(assembler.heldBytes()).isZero();
        }
    }

    @Test
    void D21_I49_shouldHoldOnlyWhatCameOfAnAnnouncedLargeFrame() {
        seen.open = true;
        feed(prefix(Limits.MAX_FRAME_BYTES, FrameType.SEND), 0, 8);
        assertThat(assembler.heldBytes()).isLessThanOrEqualTo(4 << 10);
        assertThat(seen.isBroken).isFalse();
    }

    @Test
    void shouldRefuseLengthsThatCannotBe() {
        for (int length : new int[] {0, 1, 7, -1, Integer.MIN_VALUE, Integer.MAX_VALUE, Limits.MAX_FRAME_BYTES + 1}) {
            Seen fresh = new Seen();
            FrameAssembler one = new FrameAssembler(fresh, PooledByteBufAllocator.DEFAULT, Limits.MAX_FRAME_BYTES);
            one.feed(Unpooled.wrappedBuffer(prefix(length, FrameType.SEND)));
            assertThat(fresh.isBroken).as("length %d", length).isTrue();
            assertThat(one.heldBytes()).isZero();
        }
    }

    @Test
    void I49_shouldTakeNothingLargeBeforeHelloNorAsHello() {
        for (int type : new int[] {FrameType.HELLO, FrameType.CONTROL}) {
            Seen fresh = new Seen();
            new FrameAssembler(fresh, PooledByteBufAllocator.DEFAULT, Limits.MAX_FRAME_BYTES)
                    .feed(Unpooled.wrappedBuffer(prefix(Limits.MAX_CONTROL_BYTES + 1, type)));
            assertThat(fresh.isBroken).isTrue();
        }
    }

    @Test
    void shouldReadPastAnOversizedFrameAndGoOn() {
        seen.open = true;
        int length = Limits.MAX_FRAME_BYTES + 100;
        byte[] large = new byte[length];
        System.arraycopy(prefix(length, FrameType.SEND), 0, large, 0, 8);
        for (int at = 0; at < length; at += 7_000) {
            feed(large, at, Math.min(7_000, length - at));
        }
        assertThat(seen.tooLarge).containsExactly((long) length);
        assertThat(assembler.heldBytes()).isZero();
        byte[] after = pings(3);
        feed(after, 0, after.length);
        assertThat(seen.pings).hasSize(3);
    }

    @Test
    void shouldDropTheRestOfAReadOnceTheConnectionCloses() {
        seen.closeAfter = 2;
        byte[] stream = pings(10);
        feed(stream, 0, stream.length);
        assertThat(seen.pings).hasSize(2);
    }

    private void feed(byte[] bytes, int at, int length) {
        ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(bytes, at, length);
        assembler.feed(in);
        in.release();
    }

    private static byte[] pings(int count) {
        ByteBuffer out = ByteBuffer.allocate(count * Frames.PING_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            FrameWriter.ping(out, i);
        }
        return out.array();
    }

    private static byte[] prefix(int length, int type) {
        return ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(length)
                .put((byte) type)
                .array();
    }

    /** Records what the assembler tells. */
    private static final class Seen implements FrameSink {
        final List<Long> pings = new ArrayList<>();
        final List<Long> tooLarge = new ArrayList<>();
        boolean open;
        boolean isBroken;
        int closeAfter = Integer.MAX_VALUE;

        @Override
        public void onFrame(ByteBuffer b, int at) {
            assertThat(Frames.type(b, at)).isEqualTo(FrameType.PING);
            pings.add(Frames.pingTime(b, at));
        }

        @Override
        public void onTooLarge(ByteBuffer b, int at) {
            tooLarge.add(Frames.len(b, at));
        }

        @Override
        public void onBroken() {
            isBroken = true;
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public boolean isClosing() {
            return pings.size() >= closeAfter;
        }
    }
}
