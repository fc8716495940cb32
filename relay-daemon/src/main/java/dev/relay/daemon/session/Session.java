package dev.relay.daemon.session;

import dev.relay.daemon.flow.IntMap;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Stream;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One connection and, after HELLO, the agent behind it. Handles live and die with it: streams and kinds by the client's numbers (at most 65,536 each, BIND
 * and KIND above are refused), lanes by ours. Core thread only.
 */
public final class Session {
    /** Where the handshake stands. */
    public enum State {
        /** Waits for HELLO. */
        CONNECTED,
        /** Owns its name. */
        OPEN,
        /** Fenced, refused or gone; nothing it says counts. */
        CLOSED
    }

    public final Connection connection;
    public final long connectedAtNs;
    public State state = State.CONNECTED;
    public @Nullable Agent agent;
    public long epoch;
    public long lastHeardNs;
    public long lastPingNs;
    public boolean isSuspect;
    /** It owes an answer to a probe for too long. */
    public boolean isSilent;

    public boolean saidGoodbye;
    /** WELCOME is written: events may follow. */
    public boolean isWelcomed;
    /** Names of the events that HELLO asked for. */
    public Set<String> events = Set.of();

    /** What HELLO says of the agent and its interests; desks read it when the session opens. */
    public Map<String, @Nullable Object> declared = Map.of();

    /** May see and change the dead letters of others. */
    public boolean isOperator;
    /** CREDIT has come: deliveries may start. */
    public boolean hasCredit;

    public int creditMessages;
    public long creditBytes;
    public boolean isStalled;
    public final IntMap<Stream> streams = new IntMap<>();
    /** The daemon's number of each of the client's kinds. */
    public final IntMap<Integer> kinds = new IntMap<>();

    public final LaneHandles lanes = new LaneHandles();
    /** Kinds announced to the client, by the daemon's number. */
    public final BitSet kindsTold = new BitSet();
    /** Floors told by HELLO; they count as an ack once the first CREDIT shows that the re-sends before it are in. */
    public final Map<Lane, long[]> helloFloors = new LinkedHashMap<>();

    public Session(Connection connection, long nowNs) {
        this.connection = connection;
        this.connectedAtNs = nowNs;
        this.lastHeardNs = nowNs;
        this.lastPingNs = nowNs;
    }

    public boolean isOpen() {
        return state == State.OPEN;
    }

    public Agent owner() {
        return Objects.requireNonNull(agent);
    }

    /** The lane with this handle, or null: also when its partition has moved away since. */
    public @Nullable Lane lane(int handle) {
        Lane lane = lanes.get(handle);
        return lane != null && lane.recipient.session == this ? lane : null;
    }
}
