package dev.relay.daemon.transport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.fuzz.Mutator;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import dev.relay.protocol.Limits;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** F1: mutated frames through the assembler into a whole bus. Nothing may escape it, and an honest session beside it goes on. */
class FrameFuzzTest {
    private static final Path VECTORS = Path.of("../protocol/vectors");
    private static final int CASES_PER_BUS = 2_000;
    private static final int NAMES = 6;

    private FuzzBus bus = new FuzzBus();

    @Test
    void F1_I49_shouldSurviveMutatedFrames() throws IOException {
        Mutator mutator = new Mutator(frames());
        mutator.run(60, (number, random) -> {
            if (number % CASES_PER_BUS == 0) {
                bus.close();
                bus = new FuzzBus();
            }
            oneConnection(mutator, random);
            if (number % 100 == 0) {
                assertThat(bus.isHonestServed()).as("the honest session").isTrue();
            }
        });
    }

    @AfterEach
    void end() {
        bus.close();
    }

    private void oneConnection(Mutator mutator, SplittableRandom random) {
        FuzzPeer peer = bus.connect();
        List<byte[]> sent = new ArrayList<>();
        try {
            if (random.nextInt(5) > 0) {
                feed(peer, hello(random.nextInt(NAMES)), random, sent);
                feed(peer, bind(1, random.nextInt(NAMES)), random, sent);
                feed(peer, credit(), random, sent);
            }
            for (int i = random.nextInt(1, 7); i > 0; i--) {
                byte[] frame = random.nextInt(4) == 0 ? mutator.known() : mutator.mutated();
                feed(peer, random.nextInt(3) > 0 ? withItsLength(frame) : frame, random, sent);
                if (random.nextInt(3) == 0) {
                    bus.turn(random.nextInt(40) == 0 ? 3_100 : random.nextInt(30));
                }
            }
            bus.turn(1);
            peer.end();
            bus.turn(1);
        } catch (RuntimeException | Error e) {
            throw new AssertionError("sent " + sent.stream().map(Mutator::hex).toList(), e);
        }
    }

    private static void feed(FuzzPeer peer, byte[] bytes, SplittableRandom random, List<byte[]> sent) {
        sent.add(bytes);
        int at = 0;
        while (at < bytes.length) {
            int length = random.nextBoolean() ? bytes.length - at : random.nextInt(1, bytes.length - at + 1);
            peer.feed(bytes, at, length);
            at += length;
        }
    }

    /** So that more than the check of the length is reached. */
    private static byte[] withItsLength(byte[] frame) {
        if (frame.length >= 8) {
            ByteBuffer.wrap(frame).order(ByteOrder.LITTLE_ENDIAN).putInt(0, frame.length);
        }
        return frame;
    }

    private static byte[] hello(int name) {
        return control(FrameType.HELLO, Map.of("proto", List.of(1, 1), "name", "agent-" + name));
    }

    private static byte[] bind(int handle, int name) {
        return control(
                FrameType.BIND,
                Map.of("handle", handle, "target_kind", "agent", "target", "agent-" + name, "class", "message"));
    }

    private static byte[] credit() {
        ByteBuffer out = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.credit(out, 0, 100, 1 << 20);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static byte[] control(int type, Map<String, ?> json) {
        ByteBuffer out = ByteBuffer.allocate(1_024).order(ByteOrder.LITTLE_ENDIAN);
        FrameWriter.control(out, type, json);
        return Arrays.copyOf(out.array(), out.position());
    }

    private static List<byte[]> frames() throws IOException {
        List<byte[]> frames = new ArrayList<>();
        for (String file : List.of("valid.json", "invalid.json")) {
            List<?> vectors = (List<?>) Objects.requireNonNull(Json.parse(Files.readString(VECTORS.resolve(file))));
            for (Object vector : vectors) {
                if (vector instanceof Map<?, ?> fields && fields.get("frame_hex") instanceof String hex) {
                    byte[] frame = HexFormat.of().parseHex(hex);
                    if (frame.length < Limits.MAX_CONTROL_BYTES) {
                        frames.add(frame);
                    }
                }
            }
        }
        for (String op : List.of(
                "subscribe",
                "unsubscribe",
                "agents",
                "agents.add",
                "status",
                "health",
                "fate",
                "dlq.ls",
                "dlq.show",
                "dlq.redrive",
                "dlq.drop",
                "dlq.stats")) {
            frames.add(control(
                    FrameType.CONTROL,
                    Map.of("ref", 1, "op", op, "topic", "md.*", "durable", true, "name", "x", "no", 1, "after", 0)));
        }
        assertThat(frames).hasSizeGreaterThan(40);
        return frames;
    }

    @Test
    void F1_shouldRefuseMutatedJsonByItsOwnExceptionOnly() throws IOException {
        List<byte[]> corpus = new ArrayList<>();
        for (byte[] frame : frames()) {
            if (frame.length > 8 && FrameType.isControl(frame[4])) {
                corpus.add(Arrays.copyOfRange(frame, 8, frame.length));
            }
        }
        for (String odd :
                List.of("{\"a\":1e400}", "{\"a\":-0.0,\"b\":[1,2,{\"c\":null}]}", "{\"\\ud83d\\ude00\":true}")) {
            corpus.add(odd.getBytes(StandardCharsets.UTF_8));
        }
        Mutator mutator = new Mutator(corpus);
        mutator.run(20, (number, random) -> {
            byte[] bytes = mutator.mutated();
            try {
                Object value = Json.parse(new String(bytes, StandardCharsets.UTF_8));
                assertThat(likeANumber(Json.parse(Json.write(value))))
                        .as(Mutator.hex(bytes))
                        .isEqualTo(likeANumber(value));
            } catch (JsonException refused) {
                assertThat(refused).hasMessageContaining("JSON");
            }
        });
    }

    /** The same number has many spellings. */
    private static @Nullable Object likeANumber(@Nullable Object value) {
        if (value instanceof Number number) {
            return new BigDecimal(number.toString()).stripTrailingZeros();
        }
        if (value instanceof List<?> list) {
            List<@Nullable Object> same = new ArrayList<>();
            list.forEach(each -> same.add(likeANumber(each)));
            return same;
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, @Nullable Object> same = new HashMap<>();
            map.forEach((key, each) -> same.put(key, likeANumber(each)));
            return same;
        }
        return value;
    }
}
