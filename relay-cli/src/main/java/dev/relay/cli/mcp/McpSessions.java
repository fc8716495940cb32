package dev.relay.cli.mcp;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sessions over HTTP of clients that speak a revision with a handshake: a random id and the revision that was agreed. At most
 * {@value #MAX_SESSIONS}, each until it is ended or was idle for {@value #IDLE_MINUTES} minutes; when all are in use a newcomer is refused.
 * Any thread.
 */
final class McpSessions {
    static final int MAX_SESSIONS = 64;
    static final int IDLE_MINUTES = 30;
    private static final int ID_BYTES = 24;

    private record Session(String version, long usedNs) {}

    private final SecureRandom random = new SecureRandom();
    private final LongSupplier clockNs;
    private final Map<String, Session> sessions = new LinkedHashMap<>();

    McpSessions(LongSupplier clockNs) {
        this.clockNs = clockNs;
    }

    /** Its id, or null when there are too many. */
    synchronized @Nullable String open(String version) {
        long now = clockNs.getAsLong();
        sessions.values().removeIf(session -> now - session.usedNs() > TimeUnit.MINUTES.toNanos(IDLE_MINUTES));
        if (sessions.size() >= MAX_SESSIONS) {
            return null;
        }
        byte[] bytes = new byte[ID_BYTES];
        random.nextBytes(bytes);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        sessions.put(id, new Session(version, now));
        return id;
    }

    /** The revision of a session that is used now, or null when there is none of that id. */
    synchronized @Nullable String use(String id) {
        long now = clockNs.getAsLong();
        Session session = sessions.get(id);
        if (session == null || now - session.usedNs() > TimeUnit.MINUTES.toNanos(IDLE_MINUTES)) {
            sessions.remove(id);
            return null;
        }
        sessions.put(id, new Session(session.version(), now));
        return session.version();
    }

    /** False when there is none of that id. */
    synchronized boolean end(String id) {
        return sessions.remove(id) != null;
    }
}
