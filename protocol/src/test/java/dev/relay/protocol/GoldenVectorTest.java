package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Every golden vector is decoded and encoded again, byte for byte; every invalid one is refused with its code. */
class GoldenVectorTest {
    private static final HexFormat HEX = HexFormat.of();

    @TestFactory
    Stream<DynamicTest> shouldDecodeAndEncodeEveryValidVector() throws IOException {
        return vectors("valid.json")
                .map(v -> DynamicTest.dynamicTest(text(v, "name"), () -> {
                    ByteBuffer frame = frame(v);
                    assertThat(FrameJudge.judge(frame)).isNull();
                    assertThat(VectorFields.decode(frame)).isEqualTo(unsigned(map(v, "fields")));
                    assertThat(FrameType.nameOf(Frames.type(frame, 0))).isEqualTo(text(v, "type"));
                    assertThat(HEX.formatHex(VectorFields.encode(Frames.type(frame, 0), map(v, "fields"))))
                            .isEqualTo(text(v, "frame_hex"));
                }));
    }

    @TestFactory
    Stream<DynamicTest> shouldRefuseEveryInvalidVectorWithItsCode() throws IOException {
        return vectors("invalid.json")
                .map(v -> DynamicTest.dynamicTest(
                        text(v, "name"),
                        () -> assertThat(FrameJudge.judge(frame(v))).isEqualTo(ErrorCode.valueOf(text(v, "code")))));
    }

    private static Stream<Map<String, Object>> vectors(String file) throws IOException {
        List<Map<String, Object>> list = cast(Json.parse(Files.readAllBytes(Path.of("vectors", file))));
        assertThat(list).hasSizeGreaterThan(15);
        return list.stream();
    }

    private static ByteBuffer frame(Map<String, Object> vector) {
        return ByteBuffer.wrap(HEX.parseHex(text(vector, "frame_hex"))).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static String text(Map<String, Object> map, String key) {
        return Objects.requireNonNull(map.get(key)).toString();
    }

    private static Map<String, Object> map(Map<String, Object> map, String key) {
        return cast(Objects.requireNonNull(map.get(key)));
    }

    /** 64-bit fields are unsigned in the files and signed longs in Java. */
    private static Map<String, Object> unsigned(Map<String, Object> fields) {
        Map<String, Object> out = new LinkedHashMap<>(fields);
        out.replaceAll((k, value) ->
                value instanceof BigDecimal d ? (Object) d.toBigInteger().longValue() : value);
        return out;
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <T> T cast(@Nullable Object value) {
        return (T) Objects.requireNonNull(value);
    }

    static byte[] utf8(String s) {
        return s.getBytes(StandardCharsets.UTF_8);
    }
}
