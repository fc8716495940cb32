package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.PythonCodec.Answer;
import dev.relay.protocol.RandomFrames.Made;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Both codecs make the same of every frame (P1): what Java encodes Python decodes to the same fields and encodes to bytes that Java decodes
 * to the same fields; what is damaged both accept with the same fields, or both refuse with the same code. {@code -Drelay.codec.frames=N}
 * sets how many, {@code -Drelay.codec.seed=N} where they begin.
 */
class PythonCodecTest {
    private static final int FRAMES = Integer.getInteger("relay.codec.frames", 20_000);
    private static final long FIRST = Long.getLong("relay.codec.seed", 1);
    private static final int BATCH = 500;
    private static final int ENOUGH_FAILURES = 5;
    private static final Set<String> WORDS_OF_32_BITS =
            Set.of("handle", "lane", "kind", "retry_after_ms", "delay_ms", "messages", "queued", "durable", "live");

    private final List<String> differences = new ArrayList<>();
    private int accepted;
    private int refused;

    @Test
    void P1_I49_shouldMakeTheSameOfEveryFrameAsThePythonCodec() throws IOException {
        try (PythonCodec python = new PythonCodec()) {
            for (long first = FIRST; first < FIRST + FRAMES && differences.size() < ENOUGH_FAILURES; first += BATCH) {
                compare(python, first, (int) Math.min(BATCH, FIRST + FRAMES - first));
            }
        }
        System.out.printf(
                "codecs: frames=%d accepted=%d refused=%d differences=%d%n",
                FRAMES, accepted, refused, differences.size());
        assertThat(differences).isEmpty();
        assertThat(accepted).isGreaterThan(FRAMES / 2);
        assertThat(refused).isGreaterThan(FRAMES / 10);
    }

    private void compare(PythonCodec python, long first, int count) throws IOException {
        List<Made> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(new RandomFrames(first + i).next());
        }
        List<Answer> answers = python.ask(made.stream().map(Made::frame).toList());
        assertThat(answers).hasSize(count);
        for (int i = 0; i < count; i++) {
            String difference = difference(made.get(i), answers.get(i));
            if (difference != null) {
                differences.add("seed=" + (first + i) + " " + difference + " frame="
                        + HexFormat.of().formatHex(made.get(i).frame()));
            }
        }
    }

    private @Nullable String difference(Made made, Answer python) {
        ByteBuffer frame = little(made.frame());
        ErrorCode refusal = FrameJudge.judge(frame);
        String code = refusal == null ? null : refusal.name();
        if (!Objects.equals(code, python.code())) {
            return "java=" + code + " python=" + python.code();
        }
        if (code != null) {
            refused++;
            return made.fields() == null ? null : "a sound frame is refused: code=" + code;
        }
        accepted++;
        return differenceOfFields(made, frame, python);
    }

    private static @Nullable String differenceOfFields(Made made, ByteBuffer frame, Answer python) {
        Map<String, @Nullable Object> ours = plain(VectorFields.decode(frame));
        String type = FrameType.nameOf(Frames.type(frame, 0));
        Object theirs = FrameType.isControl(Frames.type(frame, 0))
                ? python.fields()
                : plain(Objects.requireNonNull(python.fields()));
        if (!type.equals(python.word()) || !isSame(ours.getOrDefault("json", ours), theirs)) {
            return "java=" + type + ours + " python=" + python.word() + theirs;
        }
        if (!isSame(ours, plain(VectorFields.decode(little(python.frame()))))) {
            return "java reads what python has written as " + VectorFields.decode(little(python.frame()))
                    + " and not as " + ours;
        }
        if (made.fields() != null && !isSame(plain(made.fields()), ours)) {
            return "written=" + plain(made.fields()) + " read=" + ours;
        }
        boolean isSameBytes = FrameType.isControl(Frames.type(frame, 0)) || Arrays.equals(made.frame(), python.frame());
        return made.fields() == null || isSameBytes ? null : "python encodes other bytes";
    }

    private static ByteBuffer little(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Numbers without sign, as they are on the wire. How many replacement characters stand for bytes that are not UTF-8 is up to the language. */
    private static Map<String, @Nullable Object> plain(Map<String, ? extends @Nullable Object> fields) {
        Map<String, @Nullable Object> plain = new LinkedHashMap<>();
        fields.forEach((name, value) -> plain.put(name, value instanceof Long n ? unsigned(name, n) : value));
        plain.replaceAll(
                (name, value) -> name.equals("error") && String.valueOf(value).contains("\uFFFD") ? "?" : value);
        return plain;
    }

    private static Object unsigned(String name, long n) {
        return WORDS_OF_32_BITS.contains(name)
                ? new BigDecimal(n & 0xFFFF_FFFFL)
                : new BigDecimal(Long.toUnsignedString(n));
    }

    /** What is no whole number is a double in Python. */
    private static boolean isSame(@Nullable Object a, @Nullable Object b) {
        if (a instanceof Number && b instanceof Number) {
            BigDecimal x = new BigDecimal(a.toString());
            BigDecimal y = new BigDecimal(b.toString());
            return x.compareTo(y) == 0 || (isDecimal(a) && isDecimal(b) && x.doubleValue() == y.doubleValue());
        }
        if (a instanceof Map<?, ?> x && b instanceof Map<?, ?> y) {
            return x.keySet().equals(y.keySet()) && x.keySet().stream().allMatch(key -> isSame(x.get(key), y.get(key)));
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return x.size() == y.size() && IntStream.range(0, x.size()).allMatch(i -> isSame(x.get(i), y.get(i)));
        }
        return Objects.equals(a, b);
    }

    private static boolean isDecimal(Object number) {
        return number instanceof BigDecimal decimal && decimal.scale() != 0;
    }
}
