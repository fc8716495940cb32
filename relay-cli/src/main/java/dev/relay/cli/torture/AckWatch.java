package dev.relay.cli.torture;

import dev.relay.client.Relay;
import dev.relay.client.RelayException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds out, through the public client only, which acks the daemon has confirmed. A letter's handler has returned for certain when the next
 * one of its lane is entered. Three control operations later that change the daemon's state (each is answered after the commit of all that
 * came before it, the first ones give the client time to write its acks) the acks of such letters are on disk, if the connection is still
 * that on which they were found. The rest stays unconfirmed, which claims nothing. Handler threads report; one thread confirms. Bounded by
 * what a run delivers between two confirmations.
 */
final class AckWatch {
    private static final int ROUND_TRIPS = 3;

    private record Returned(String id, long connection) {}

    private final Relay relay;
    private final HistoryFile history;
    private final String session;
    private final Map<String, String> leaving = new HashMap<>();
    private List<Returned> returned = new ArrayList<>();

    AckWatch(Relay relay, HistoryFile history, String session) {
        this.relay = relay;
        this.history = history;
        this.session = session;
    }

    private static String lane(String sender, boolean isPublication) {
        return isPublication ? sender + "/topics" : sender;
    }

    synchronized void entered(String sender, boolean isPublication) {
        String id = leaving.remove(lane(sender, isPublication));
        if (id != null) {
            returned.add(new Returned(id, connections()));
        }
    }

    synchronized void leaving(String sender, boolean isPublication, String id) {
        leaving.put(lane(sender, isPublication), id);
    }

    private synchronized List<Returned> takeReturned() {
        List<Returned> taken = returned;
        returned = new ArrayList<>();
        return taken;
    }

    void confirm() {
        List<Returned> taken = takeReturned();
        if (taken.isEmpty() || !relay.isConnected()) {
            return;
        }
        try {
            for (int i = 0; i < ROUND_TRIPS; i++) {
                relay.control("agents.add", Map.of("name", relay.name()));
            }
        } catch (RelayException e) {
            history.write("note", HistoryFile.field("what", "not confirmed " + e.code()));
            return;
        }
        if (relay.isConnected()) {
            long connection = connections();
            taken.stream()
                    .filter(r -> r.connection() == connection)
                    .forEach(r -> history.write("ack_ok", HistoryFile.field("id", r.id()) + session));
        }
    }

    private long connections() {
        return relay.getMetrics().getOrDefault("connections", 0L);
    }
}
