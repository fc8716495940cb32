package dev.relay.cli.supervisor;

import dev.relay.client.Relay;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who is on the bus, from the directory's events. Told by the client's threads, asked by the supervisor's; bounded by the number of agents. */
final class BusNames implements Names {
    private final Relay relay;
    private final Map<String, Map<String, @Nullable Object>> rows = new ConcurrentHashMap<>();

    BusNames(Relay relay) {
        this.relay = relay;
    }

    void told(Map<String, @Nullable Object> row) {
        rows.put(String.valueOf(row.get("name")), row);
    }

    @Override
    public boolean isKnown() {
        return relay.isConnected();
    }

    @Override
    public boolean isConnected(String agent) {
        Map<String, @Nullable Object> row = rows.get(agent);
        return row != null && !"away".equals(row.get("state"));
    }

    @Override
    public long version(String agent) {
        Map<String, @Nullable Object> row = rows.get(agent);
        return row != null && row.get("version") instanceof Long version ? version : 0;
    }
}
