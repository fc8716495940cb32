package dev.relay.client.internal;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The streams of an outbox, by what they are and by the handle that this process has given them. Never fewer; bounded by
 * {@link ClientSession}, which refuses a stream too many.
 */
final class OutStreams {
    private final Map<StreamKey, OutStream> byKey = new HashMap<>();
    private final List<OutStream> all = new ArrayList<>();

    /** Made with its first message. */
    OutStream of(StreamKey key) {
        OutStream stream = byKey.get(key);
        if (stream == null) {
            stream = new OutStream(key, all.size() + 1);
            byKey.put(key, stream);
            all.add(stream);
        }
        return stream;
    }

    boolean has(StreamKey key) {
        return byKey.containsKey(key);
    }

    @Nullable
    OutStream byHandle(int handle) {
        return handle >= 1 && handle <= all.size() ? all.get(handle - 1) : null;
    }

    int count() {
        return all.size();
    }

    void forEach(Consumer<OutStream> visitor) {
        all.forEach(visitor);
    }
}
