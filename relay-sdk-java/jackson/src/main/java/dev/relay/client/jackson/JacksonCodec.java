package dev.relay.client.jackson;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.relay.client.PayloadCodec;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Any class as JSON; decimals stay exact, unknown fields are ignored. Found by {@link java.util.ServiceLoader}; thread-safe. */
public final class JacksonCodec implements PayloadCodec {
    private final ObjectMapper mapper = JsonMapper.builder()
            .findAndAddModules()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    @Override
    public boolean supports(Class<?> type) {
        return true;
    }

    @Override
    public int content(@Nullable Object value) {
        return JSON;
    }

    @Override
    public byte[] encode(@Nullable Object value) {
        try {
            return mapper.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot write as JSON: " + e.getMessage(), e);
        }
    }

    @Override
    public <T> T decode(byte[] payload, int content, Class<T> type) {
        try {
            return mapper.readValue(payload, type);
        } catch (IOException e) {
            throw new IllegalArgumentException("payload does not fit: wanted type=" + type.getName(), e);
        }
    }
}
