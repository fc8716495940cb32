package dev.relay.client;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The directory as one agent holds it: each agent at the highest version seen, in a snapshot or in an event. A new snapshot is taken on every
 * connection, so what happened while the connection was lost is made up for. Safe for any thread; bounded by the number of agents.
 */
public final class PresenceWatch implements AutoCloseable {
    private final Relay relay;
    private final String prefix;
    private final String capability;
    private final Consumer<Map<String, @Nullable Object>> listener;
    private final Map<String, Map<String, @Nullable Object>> rows = new TreeMap<>();
    private boolean isOpen = true;

    PresenceWatch(Relay relay, String prefix, String capability, Consumer<Map<String, @Nullable Object>> listener) {
        this.relay = relay;
        this.prefix = prefix;
        this.capability = capability;
        this.listener = listener;
    }

    void begin() {
        relay.follow("presence", this::onEvent, this::again);
        snapshot();
    }

    /** What it holds now, by name. */
    public synchronized Map<String, Map<String, @Nullable Object>> agents() {
        return new TreeMap<>(rows);
    }

    /** The listener is called no more. */
    @Override
    public synchronized void close() {
        isOpen = false;
    }

    private synchronized boolean isOpen() {
        return isOpen;
    }

    @SuppressWarnings("unchecked")
    private void onEvent(Map<String, @Nullable Object> event) {
        if (event.get("agent") instanceof Map<?, ?> row) {
            merge((Map<String, @Nullable Object>) row);
        }
    }

    private void again() {
        if (!isOpen()) {
            return;
        }
        try {
            snapshot();
        } catch (RelayTimeout | RelayClosed e) {
            return; // the connection is lost again: the next one asks again
        } catch (RelayException e) {
            if (!e.code().equals("NOT_CONNECTED")) {
                throw e;
            }
        }
    }

    private void snapshot() {
        Map<String, @Nullable Object> page = relay.control("presence.watch", Map.of());
        while (true) {
            List<Map<String, @Nullable Object>> found = Rows.of(page, "agents");
            found.forEach(this::merge);
            if (!Boolean.TRUE.equals(page.get("more"))) {
                return;
            }
            Object last = found.get(found.size() - 1).get("name");
            page = relay.control("presence.ls", Map.of("after", String.valueOf(last)));
        }
    }

    private synchronized void merge(Map<String, @Nullable Object> row) {
        String name = String.valueOf(row.get("name"));
        Map<String, @Nullable Object> known = rows.get(name);
        boolean isWanted = name.startsWith(prefix) && hasCapability(row);
        if (!isOpen || (known == null ? !isWanted : version(known) >= version(row))) {
            return;
        }
        if (isWanted) {
            rows.put(name, row);
        } else {
            rows.remove(name);
        }
        listener.accept(row);
    }

    private boolean hasCapability(Map<String, @Nullable Object> row) {
        return capability.isEmpty()
                || (row.get("capabilities") instanceof List<?> capabilities && capabilities.contains(capability));
    }

    private static long version(Map<String, @Nullable Object> row) {
        return row.get("version") instanceof Long version ? version : 0;
    }
}
