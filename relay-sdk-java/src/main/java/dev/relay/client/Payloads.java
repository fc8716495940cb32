package dev.relay.client;

import dev.relay.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/** Chooses the codec of a payload: the built-in one, else the first on the class path that knows the type. */
final class Payloads {
    private static final List<PayloadCodec> CODECS = codecs();

    private static List<PayloadCodec> codecs() {
        List<PayloadCodec> codecs = new ArrayList<>();
        codecs.add(new PlainCodec());
        ServiceLoader.load(PayloadCodec.class).forEach(codecs::add);
        return List.copyOf(codecs);
    }

    static PayloadCodec codecFor(Class<?> type) {
        for (PayloadCodec codec : CODECS) {
            if (codec.supports(type)) {
                return codec;
            }
        }
        throw new IllegalArgumentException("no codec for type=" + type.getName()
                + ". Send a record, map, list, scalar, text or bytes, or add relay-sdk-java-jackson.");
    }

    static PayloadCodec codecOf(@Nullable Object value) {
        return codecFor(value == null ? byte[].class : value.getClass());
    }

    static <T> T decode(byte[] payload, int content, Class<T> type) {
        return codecFor(type).decode(payload, content, type);
    }

    static Map<String, @Nullable Object> object(byte[] payload) {
        return Json.object(new String(payload, StandardCharsets.UTF_8));
    }

    private Payloads() {}
}
