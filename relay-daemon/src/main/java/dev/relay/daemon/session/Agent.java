package dev.relay.daemon.session;

import dev.relay.daemon.flow.AgentMeter;
import dev.relay.daemon.flow.Breaker;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.MessageQueue;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.flow.Stream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A name and everything that outlives its sessions: newest epoch, streams that it sends, lanes that it receives, subscriptions. Exists from
 * its first HELLO or from {@code agents.add}; bounded by the number of agents. A partition of a work group is one too, with a name that no
 * client can take and the session of its owner; its epoch is the fencing epoch. Core thread only.
 */
public final class Agent {
    private static final long MINUTE_NS = 60_000_000_000L;

    public final String namespace;
    public final String name;
    /** One of the names under which only the daemon sends. */
    public boolean isTheDaemons;
    /** Owner of the name, -1 until it first connects. */
    public int uid;

    public long epoch;
    /** Newest epoch whose row is committed. Nothing of a newer one is delivered: a crash could else let an older process in below it (R1). */
    public long durableEpoch;

    public String client = "";
    /** Its row is committed. */
    public boolean isDurable;

    public @Nullable Session session;
    /** Of a partition: the member whose session it has, or had last: what is acked for it was done there. */
    public @Nullable Agent owner;
    /** Of a member: the partitions that have its session. */
    public final List<Agent> partitions = new ArrayList<>(0);
    /** Why all of its lanes stand: bits of {@link Lane}. */
    private int holds = Lane.OFFLINE;

    public final Breaker breaker = new Breaker();
    public final AgentMeter meter = new AgentMeter();
    /** What it tells about itself, by name; replaced as a whole. */
    public Map<String, Object> gauges = Map.of();

    public @Nullable ProcessUse processUse;
    /** Abnormal ends in a row without an ack between them (I16). */
    public int abnormalEnds;

    /** The message that was alone in flight when the last session ended without GOODBYE; charged if a new process follows. */
    public @Nullable Failure suspectedPoison;

    public @Nullable Lane suspectedLane;
    public boolean endedWithFlight;
    /** When its last session ended without GOODBYE, 0 when it has one or took its leave. */
    public long lostAtNs;

    /** Accepted and not receipted: the sender window of this name's connection. */
    public int unreceiptedMessages;

    public long unreceiptedBytes;
    public final Mailbox mailbox;
    public long dead;
    public final Map<String, Stream> streams = new HashMap<>();
    /** Incoming lanes by class number and sender. */
    public final Map<String, Lane> lanes = new LinkedHashMap<>();

    /** Its subscriptions by pattern: those that outlive its sessions, and those of the present one. */
    public final Map<String, Interest> durableInterests = new HashMap<>(0);

    public final Map<String, Interest> liveInterests = new HashMap<>(0);
    /** What it says of itself to others. */
    public Map<String, @Nullable Object> metadata = Map.of();

    public List<String> capabilities = List.of();
    /** Who is given copies of what it gets and sends; null for nobody. The list is replaced, not changed. */
    public @Nullable List<Shadow> shadows;
    /** How much it may send and keep; null for no more than everybody. */
    public @Nullable Quota quota;

    /** What it sent and is not safe yet, in the order of its byte stream (rule R7c). */
    public final MessageQueue unsafe = new MessageQueue();

    public long sendOrdinal;
    /** Messages that it acked after unsafe sends of its own, with the ordinal of the last of these. */
    public final MessageQueue deferredAcks = new MessageQueue();

    public boolean isQueuedForSafety;
    private final long[] takeoverNs = new long[4];
    private int takeoverCount;

    public Agent(String namespace, String name, int uid, long epoch) {
        this(namespace, name, uid, epoch, new Mailbox());
    }

    public Agent(String namespace, String name, int uid, long epoch, Mailbox mailbox) {
        this.mailbox = mailbox;
        this.namespace = namespace;
        this.name = name;
        this.uid = uid;
        this.epoch = epoch;
    }

    /**
     * Whether anything may be delivered to it: its name and the epoch of its process are committed, and in the same cut everything that the
     * process before it acked and sent. A crash could else forget a name that has handled messages, or let the new process report as
     * finished what the old one acked and whose effects are lost (R7).
     */
    public boolean isReady() {
        return isDurable && epoch <= durableEpoch;
    }

    /** Holds every lane of it, those to come too. */
    public void hold(int reason, long nowNs) {
        holds |= reason;
        for (Lane lane : lanes.values()) {
            lane.hold(reason, nowNs);
        }
        partitions.forEach(partition -> partition.followOwner(nowNs));
    }

    public void release(int reason, long nowNs) {
        holds &= ~reason;
        for (Lane lane : lanes.values()) {
            lane.release(reason, nowNs);
        }
        partitions.forEach(partition -> partition.followOwner(nowNs));
    }

    /** A partition stands while its owner is paused, or the owner's breaker is open. */
    public void followOwner(long nowNs) {
        if (owner != null && (owner.holds & ~Lane.OFFLINE) != 0) {
            hold(Lane.OWNER_HELD, nowNs);
        } else {
            release(Lane.OWNER_HELD, nowNs);
        }
    }

    /** Who handles what is delivered to this name: itself, or the member that has this partition. */
    public Agent actor() {
        return owner == null ? this : owner;
    }

    public int holds() {
        return holds;
    }

    public boolean isPaused() {
        return (holds & Lane.AGENT_PAUSED) != 0;
    }

    /** Notes a takeover; true when it is more than the third within a minute. */
    public boolean isTakenTooOften(long nowNs) {
        takeoverNs[takeoverCount % takeoverNs.length] = nowNs;
        takeoverCount++;
        long fourthNewestNs = takeoverNs[takeoverCount % takeoverNs.length];
        return takeoverCount >= takeoverNs.length && nowNs - fourthNewestNs <= MINUTE_NS;
    }

    /** The unique key of a name in a namespace. A slash is in no name. */
    public static String key(String namespace, String name) {
        return namespace + "/" + name;
    }

    public static String laneKey(int laneClass, String sender) {
        return laneClass + ":" + sender;
    }

    /** Its lanes and those of its partitions. */
    public List<Lane> lanesCopy() {
        List<Lane> copy = new ArrayList<>(lanes.values());
        partitions.forEach(partition -> copy.addAll(partition.lanes.values()));
        return copy;
    }

    /** The same to look at: no copy without partitions. */
    public Collection<Lane> allLanes() {
        return partitions.isEmpty() ? lanes.values() : lanesCopy();
    }
}
