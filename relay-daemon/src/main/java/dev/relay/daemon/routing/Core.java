package dev.relay.daemon.routing;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.flow.IntMap;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.MessagePool;
import dev.relay.daemon.flow.MessageQueue;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Connection;
import dev.relay.daemon.session.Mailbox;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Partitions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The tables that the parts of the heart share: who exists, which streams and lanes there are, what the next batch has to carry, what was counted.
 * Core thread only; holds no rules. Agents are bounded by {@link BusConfig#maxAgents}, the streams of each by {@link Limits#MAX_HANDLES}, lanes by both.
 */
final class Core {
    /** Kind of the requests by which operators command agents. */
    static final String COMMAND = "relay.command";

    /** Replaced as a whole when an operator reloads the bounds. */
    BusConfig config;

    final Clock clock;
    final MessageStore store;
    final Recovered recovered;
    final Access access;
    final long startedNs;
    final long startedWallMs;
    final MessagePool pool = new MessagePool();
    final Map<String, Agent> agents = new LinkedHashMap<>();
    /** Recipients too, and nobody's name: partitions by address, and those of a group by its key. */
    private final Map<String, Agent> partitions = new LinkedHashMap<>();

    private final Map<String, Agent[]> groups = new HashMap<>();
    private final Map<String, Mailbox> groupMailboxes = new HashMap<>();
    final Map<Connection, Session> sessions = new LinkedHashMap<>();
    final List<Stream> streams = new ArrayList<>();
    final IntMap<Stream> streamsById = new IntMap<>();
    final List<Lane> lanes = new ArrayList<>();
    final Map<Integer, Lane> lanesById = new HashMap<>();
    final Map<String, Integer> kinds = new HashMap<>();
    final List<String> kindNames = new ArrayList<>();
    final Trace trace = new Trace(this);
    final long[] counters = new long[Counter.values().length];
    final long[] refused = new long[ErrorCode.values().length + 1];
    final long[] dead = new long[16];
    long deadLetterCount;
    BusSnapshot.StoreState storeState = BusSnapshot.StoreState.READY;
    Surroundings around = Surroundings.FINE;
    boolean isShuttingDown;
    /** The clock as it was read last: for what need not be more exact than the frame that is being taken. */
    long nowNs;

    /** Rare rows for the next cut go straight in; marks, floors and frames are added when it is cut. */
    Batch next = new Batch();

    /** Accepted and in no committed batch yet. */
    final MessageQueue unsaved = new MessageQueue();

    /** How many of them are not safe: somebody waits for the commit, or for the acks. */
    int unsafeUnsaved;

    /** One of them can only become safe by the commit, or its sender waits for more than the acks. */
    boolean isCommitUrgent;

    final List<Lane> dirtyLanes = new ArrayList<>();
    final List<Stream> dirtyMarks = new ArrayList<>();
    final List<Stream> dirtyReceipts = new ArrayList<>();
    /** The daemon's number of {@link #COMMAND}, 0 before anybody used it. */
    private int commandKind;

    private int nextStream = 1;
    private int nextLane = 1;

    Core(BusConfig config, Clock clock, MessageStore store, Recovered recovered, Access access) {
        this.config = config;
        this.clock = clock;
        this.store = store;
        this.recovered = recovered;
        this.access = access;
        this.startedNs = clock.nanoTime();
        this.nowNs = startedNs;
        this.startedWallMs = clock.wallMs();
        next.no = recovered.lastSegment() + 1;
        kindNames.add("");
    }

    /** Lanes keep no more in memory: three quarters of the budget are used (I25). */
    boolean isMemoryTight() {
        return pool.liveBytes() > config.memoryBytes() / 4 * 3;
    }

    void count(Counter counter) {
        counters[counter.ordinal()]++;
    }

    void count(Counter counter, long n) {
        counters[counter.ordinal()] += n;
    }

    @Nullable
    Agent agent(String namespace, String name) {
        return table(name).get(Agent.key(namespace, name));
    }

    private Map<String, Agent> table(String name) {
        return Partitions.isAddress(name) ? partitions : agents;
    }

    /** The partitions of a group, or null when it does not exist. */
    Agent @Nullable [] partitions(String namespace, String group) {
        return groups.get(Agent.key(namespace, group));
    }

    Agent[] addGroup(String namespace, String group) {
        Agent[] all = new Agent[Partitions.COUNT];
        for (int i = 0; i < all.length; i++) {
            all[i] = addAgent(namespace, Partitions.address(group, i), -1);
        }
        groups.put(Agent.key(namespace, group), all);
        return all;
    }

    Collection<Agent> partitions() {
        return partitions.values();
    }

    /** Whether it is there already, or one agent more may be. */
    boolean hasRoomForAgent(String namespace, String name) {
        return agents.size() < config.maxAgents() || agent(namespace, name) != null;
    }

    /** The agent with this name, made if need be. */
    Agent addAgent(String namespace, String name, int uid) {
        Agent agent = agent(namespace, name);
        if (agent == null) {
            agent = new Agent(namespace, name, uid, 0, mailbox(namespace, name));
            agent.isTheDaemons = OwnMessages.NAMES.contains(name);
            table(name).put(Agent.key(namespace, name), agent);
            saveAgent(agent);
        }
        return agent;
    }

    /** Of its own, or that of the group whose partition it is. */
    private Mailbox mailbox(String namespace, String name) {
        return Partitions.isAddress(name)
                ? groupMailboxes.computeIfAbsent(Agent.key(namespace, Partitions.groupOf(name)), group -> new Mailbox())
                : new Mailbox();
    }

    void saveAgent(Agent agent) {
        next.agents.add(new Recovered.AgentRow(agent.namespace, agent.name, agent.uid, agent.epoch));
    }

    void restore(Recovered.StreamRow row) {
        Agent sender = addAgent(row.namespace(), row.sender(), -1);
        Stream stream = new Stream(row.id(), sender, row.target(), row.streamClass());
        stream.epoch = row.epoch();
        stream.mark = row.mark();
        stream.safeTo = row.mark();
        stream.committedEpoch = row.epoch();
        stream.committedMark = row.mark();
        sender.durableEpoch = Math.max(sender.durableEpoch, row.epoch());
        putStream(stream);
    }

    private void putStream(Stream stream) {
        stream.sender.streams.put(streamKey(stream.target, stream.streamClass), stream);
        streams.add(stream);
        streamsById.put(stream.id, stream);
        nextStream = Math.max(nextStream, stream.id + 1);
    }

    private static String streamKey(String target, int streamClass) {
        return streamClass + ":" + target;
    }

    /** Whether it is there already, or the sender may have one more: as many, over all of its lives, as a connection has handles. */
    boolean hasRoomForStream(Agent sender, String target, int streamClass) {
        return sender.streams.size() < Limits.MAX_HANDLES || sender.streams.containsKey(streamKey(target, streamClass));
    }

    Stream stream(Agent sender, String target, int streamClass) {
        Stream stream = sender.streams.get(streamKey(target, streamClass));
        if (stream == null) {
            stream = new Stream(nextStream, sender, target, streamClass);
            putStream(stream);
            if (streamClass != LaneClass.EXPRESS) {
                next.streams.add(
                        new Recovered.StreamRow(stream.id, sender.namespace, sender.name, target, streamClass, 0, 0));
            }
        }
        return stream;
    }

    Lane restore(Recovered.LaneRow row) {
        Agent sender = addAgent(row.namespace(), row.sender(), -1);
        Agent recipient = addAgent(row.namespace(), row.recipient(), -1);
        Lane lane = putLane(row.id(), sender, recipient, row.laneClass());
        lane.startAt(row.epoch(), row.floor());
        return lane;
    }

    private Lane putLane(int id, Agent sender, Agent recipient, int laneClass) {
        Stream stream = stream(sender, targetOf(recipient, laneClass), laneClass);
        Lane lane = new Lane(id, sender, recipient, laneClass, stream);
        if (laneClass == LaneClass.TOPIC || laneClass == LaneClass.GROUP) {
            stream.topicLanes.put(recipient, lane);
        } else {
            stream.lane = lane;
        }
        lane.hold(recipient.holds(), nowNs);
        recipient.lanes.put(Agent.laneKey(laneClass, sender.name), lane);
        lanes.add(lane);
        lanesById.put(id, lane);
        nextLane = Math.max(nextLane, id + 1);
        return lane;
    }

    /** What the stream that feeds such a lane is sent to. */
    private static String targetOf(Agent recipient, int laneClass) {
        return switch (laneClass) {
            case LaneClass.TOPIC -> "";
            case LaneClass.GROUP -> Partitions.groupOf(recipient.name);
            default -> recipient.name;
        };
    }

    /** The lane from a sender to a recipient, made if need be. */
    Lane lane(Agent sender, Agent recipient, int laneClass) {
        Lane lane = recipient.lanes.get(Agent.laneKey(laneClass, sender.name));
        if (lane == null) {
            lane = putLane(nextLane, sender, recipient, laneClass);
            if (laneClass != LaneClass.EXPRESS) {
                next.lanes.add(new Recovered.LaneRow(
                        lane.id, sender.namespace, sender.name, recipient.name, laneClass, 0, 0, new long[0], 0, 0));
            }
        }
        return lane;
    }

    /** The daemon's number of a kind, 0 when there are too many. */
    int kind(String name) {
        Integer known = kinds.get(name);
        if (known != null) {
            return known;
        }
        if (kindNames.size() > Limits.MAX_HANDLES) {
            return 0;
        }
        int id = kindNames.size();
        putKind(id, name);
        next.kinds.add(new Recovered.KindRow(id, name));
        return id;
    }

    boolean isCommand(int kind) {
        return kind != 0 && kind == commandKind;
    }

    void putKind(int id, String name) {
        while (kindNames.size() <= id) {
            kindNames.add("");
        }
        kindNames.set(id, name);
        kinds.put(name, id);
        commandKind = name.equals(COMMAND) ? id : commandKind;
    }

    void dirty(Lane lane) {
        if (lane.isFloorDirty || lane.laneClass == LaneClass.EXPRESS) {
            return;
        }
        lane.isFloorDirty = true;
        dirtyLanes.add(lane);
    }

    void dirtyMark(Stream stream) {
        if (!stream.isMarkDirty) {
            stream.isMarkDirty = true;
            dirtyMarks.add(stream);
        }
    }

    void dirtyReceipt(Stream stream) {
        if (!stream.isReceiptDirty) {
            stream.isReceiptDirty = true;
            dirtyReceipts.add(stream);
        }
    }

    /** A message left its sender's window. */
    void receipted(Message m) {
        Agent origin = m.origin;
        if (origin != null) {
            origin.unreceiptedMessages--;
            origin.unreceiptedBytes -= m.length;
        }
        pool.release(m);
    }

    void control(Session session, int type, Map<String, ?> json) {
        byte[] body = FrameWriter.controlBody(json);
        ByteBuffer out = session.connection.reserve(Frames.PREFIX_BYTES + body.length);
        FrameWriter.control(out, type, body);
        session.connection.commit();
    }

    /** Tells an event to an agent and to the senders of these lanes of it, each once, if their HELLO named it. */
    void tellThose(Agent agent, Collection<Lane> lanes, Map<String, ?> event) {
        Set<Session> told = new LinkedHashSet<>();
        addOpen(told, agent.session);
        lanes.forEach(lane -> addOpen(told, lane.sender.session));
        for (Session session : told) {
            if (session.isWelcomed && session.events.contains(String.valueOf(event.get("event")))) {
                control(session, FrameType.EVENT, event);
            }
        }
    }

    private static void addOpen(Set<Session> sessions, @Nullable Session session) {
        if (session != null && session.isOpen()) {
            sessions.add(session);
        }
    }

    /** Tells an error that concerns no message. */
    void error(Session session, ErrorCode code, String message, boolean fatal, @Nullable Object ref) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", code.name());
        json.put("number", (long) code.number());
        json.put("message", message + " " + code.action());
        json.put("fatal", fatal);
        if (ref != null) {
            json.put("ref", ref);
        }
        control(session, FrameType.ERROR, json);
    }

    long queuedMessages() {
        return lanes.stream().mapToLong(Lane::queued).sum();
    }
}
