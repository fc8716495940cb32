package dev.relay.client;

import org.jspecify.annotations.Nullable;

/**
 * Turns objects into payloads and back. The built-in one knows bytes, text, maps, lists, scalars and records; others are found by
 * {@link java.util.ServiceLoader} and asked when it does not know a type. Called by any thread.
 */
public interface PayloadCodec {
    /** Content numbers of the wire. */
    int BYTES = 0;

    int JSON = 1;
    int TEXT = 2;

    boolean supports(Class<?> type);

    /** Content number of what {@link #encode} makes of the value. */
    int content(@Nullable Object value);

    byte[] encode(@Nullable Object value);

    /** Throws {@link IllegalArgumentException} when the payload is not such a value. */
    <T> T decode(byte[] payload, int content, Class<T> type);
}
