package dev.relay.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How topics are subscribed to: durable, with a backlog while the agent is away, or live; and which publications the daemon leaves out.
 * Immutable; start from {@link #DURABLE} or {@link #LIVE}: {@code Interest.DURABLE.senders("feed-*").contentTypes("json")}.
 */
public final class Interest {
    /** Everything, also what is published while this agent is away. */
    public static final Interest DURABLE = new Interest(true, List.of(), List.of());
    /** Everything while this agent is connected. */
    public static final Interest LIVE = new Interest(false, List.of(), List.of());

    private final boolean isDurable;
    private final List<String> senders;
    private final List<Object> contentTypes;

    private Interest(boolean isDurable, List<String> senders, List<Object> contentTypes) {
        this.isDurable = isDurable;
        this.senders = senders;
        this.contentTypes = contentTypes;
    }

    /** Only what these have published: names, or beginnings with a star. */
    public Interest senders(String... names) {
        return new Interest(isDurable, List.of(names), contentTypes);
    }

    /** Only these: "bytes", "json", "text", "msgpack". */
    public Interest contentTypes(String... types) {
        return new Interest(isDurable, senders, List.of((Object[]) types));
    }

    /** Only these, by number; 128 to 255 are the application's. */
    public Interest contentNumbers(int... numbers) {
        List<Object> types = new ArrayList<>();
        for (int number : numbers) {
            types.add((long) number);
        }
        return new Interest(isDurable, senders, List.copyOf(types));
    }

    Map<String, Object> arguments(String pattern) {
        Map<String, Object> arguments = new TreeMap<>(Map.of("topic", pattern, "durable", isDurable));
        if (!senders.isEmpty()) {
            arguments.put("senders", senders);
        }
        if (!contentTypes.isEmpty()) {
            arguments.put("content_types", contentTypes);
        }
        return arguments;
    }
}
