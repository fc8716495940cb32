package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written is read back as it was, for random values (P1). {@code -Drelay.property.cases=N} sets how many. */
class CodecPropertyTest {
    private static final int CASES = Integer.getInteger("relay.property.cases", 100_000);
    private static final int[] INTERESTING = {0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, Integer.MAX_VALUE};

    private final ByteBuffer out = ByteBuffer.allocate(1 << 12).order(ByteOrder.LITTLE_ENDIAN);

    private static long anyLong(SplittableRandom random) {
        return random.nextInt(4) == 0 ? random.nextInt(5) - 2L : random.nextLong();
    }

    private static int anyInt(SplittableRandom random) {
        return random.nextBoolean() ? INTERESTING[random.nextInt(INTERESTING.length)] : random.nextInt();
    }

    private static byte[] anyBytes(SplittableRandom random, int atMost) {
        byte[] bytes = new byte[random.nextInt(atMost + 1)];
        random.nextBytes(bytes);
        return bytes;
    }

    @Test
    void P1_shouldReadEveryMessageAsItWasWritten() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] topic = anyBytes(random, 60);
            byte[] block = new HeaderBlock.Builder()
                    .put(HeaderKey.KEY, anyBytes(random, 20))
                    .put(HeaderKey.TOPIC, topic)
                    .build();
            byte[] payload = anyBytes(random, 200);
            int flags = random.nextInt(256);
            int handle = anyInt(random);
            int ttlMs = anyInt(random);
            int attempt = random.nextInt(1 << 16);
            long epoch = anyLong(random);
            long seq = anyLong(random);
            long msb = anyLong(random);
            long lsb = anyLong(random);
            int start = random.nextInt(64);
            out.clear().position(start);
            FrameWriter.message(
                    out,
                    FrameType.SEND,
                    flags,
                    3,
                    2,
                    handle,
                    7,
                    epoch,
                    seq,
                    ttlMs,
                    attempt,
                    msb,
                    lsb,
                    block,
                    ByteBuffer.wrap(payload));
            assertThat(out.position() - start)
                    .as("seed %d", seed)
                    .isEqualTo(FrameWriter.messageBytes(block.length, payload.length))
                    .isEqualTo((int) Frames.len(out, start));
            assertThat(MessageHeader.isSound(out, start)).as("seed %d", seed).isTrue();
            assertThat(new long[] {
                        MessageHeader.flags(out, start),
                        MessageHeader.handle(out, start),
                        MessageHeader.epoch(out, start),
                        MessageHeader.seq(out, start),
                        MessageHeader.ttlMs(out, start),
                        MessageHeader.attempt(out, start),
                        MessageHeader.idMsb(out, start),
                        MessageHeader.idLsb(out, start)
                    })
                    .as("seed %d", seed)
                    .isEqualTo(new long[] {flags, handle, epoch, seq, ttlMs & 0xFFFF_FFFFL, attempt, msb, lsb});
            byte[] read = new byte[MessageHeader.payloadLength(out, start)];
            out.get(MessageHeader.payloadAt(out, start), read);
            assertThat(Arrays.equals(read, payload)).as("seed %d", seed).isTrue();
            long found = HeaderBlock.find(out, start, HeaderKey.TOPIC);
            assertThat(HeaderBlock.lengthOf(found)).as("seed %d", seed).isEqualTo(topic.length);
        }
    }

    @Test
    void P1_shouldReadEveryReceiptAsItWasWritten() {
        for (int seed = 0; seed < CASES; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            int handle = anyInt(random);
            long epoch = anyLong(random);
            long seq = anyLong(random);
            long bits = anyLong(random);
            out.clear();
            FrameWriter.ack(out, handle, epoch, seq, bits);
            int sent = out.position();
            FrameWriter.sent(out, Frames.BY_ACK, handle, epoch, seq);
            int result = out.position();
            FrameWriter.result(out, handle, Frames.DEAD, 5, 6, epoch, seq);
            int skip = out.position();
            FrameWriter.skip(out, handle, 2, epoch, seq, bits);
            assertThat(new long[] {
                        Frames.handle(out, 0),
                        Frames.epoch(out, 0),
                        Frames.seq(out, 0),
                        Frames.ackBits(out, 0),
                        Frames.b6(out, sent),
                        Frames.seq(out, sent),
                        Frames.epoch(out, sent),
                        Frames.b6(out, result),
                        Frames.b7(out, result),
                        Frames.resultAttempts(out, result),
                        Frames.seq(out, result),
                        Frames.skipTo(out, skip),
                        Frames.b6(out, skip)
                    })
                    .as("seed %d", seed)
                    .isEqualTo(new long[] {
                        handle, epoch, seq, bits, Frames.BY_ACK, seq, epoch, Frames.DEAD, 5, 6, seq, bits, 2
                    });
            assertThat(new int[] {sent, result - sent, skip - result, out.position() - skip})
                    .isEqualTo(new int[] {Frames.ACK_BYTES, Frames.SENT_BYTES, Frames.RESULT_BYTES, Frames.SKIP_BYTES});
        }
    }

    @Test
    void P1_shouldReadEveryControlFrameAsItWasWritten() {
        for (int seed = 0; seed < CASES / 5; seed++) {
            Map<String, @Nullable Object> json = anyObject(new SplittableRandom(seed), 3);
            out.clear();
            ByteBuffer big = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
            FrameWriter.control(big, FrameType.CONTROL, json);
            assertThat(Json.control(big, 0)).as("seed %d", seed).isEqualTo(json);
        }
    }

    private static Map<String, @Nullable Object> anyObject(SplittableRandom random, int depth) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        for (int i = random.nextInt(4); i >= 0; i--) {
            json.put("k" + i + anyText(random), anyValue(random, depth));
        }
        return json;
    }

    private static @Nullable Object anyValue(SplittableRandom random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> anyLong(random);
            case 3 -> anyText(random);
            case 4 -> anyObject(random, depth - 1);
            default -> {
                List<@Nullable Object> list = new ArrayList<>();
                for (int i = random.nextInt(3); i > 0; i--) {
                    list.add(anyValue(random, depth - 1));
                }
                yield list;
            }
        };
    }

    private static String anyText(SplittableRandom random) {
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(6); i > 0; i--) {
            int c = random.nextInt(4) == 0 ? random.nextInt(0x20) : random.nextInt(0x20, 0x2_0000);
            text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? '"' : c);
        }
        return text.toString();
    }
}
