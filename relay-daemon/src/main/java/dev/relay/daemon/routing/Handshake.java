package dev.relay.daemon.routing;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.ResumeToken;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Names;
import dev.relay.protocol.Partitions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Opens and ends sessions: who owns a name (I19), which epoch a process sends under (R1), who is silent for too long (I21), what a client has finished
 * (R4). Core thread only.
 */
final class Handshake {
    private static final String STORM =
            "the name was taken over more than 3 times within a minute: two processes may share it.";

    private static final int MAX_EVENTS = 32;

    private final Core core;
    private final Delivery delivery;
    private final TopicIndex topics;
    private final ResumeToken tokens;
    private final Contests contests;
    private final List<Desk> desks;
    private long epochCounter;
    private long sessionCounter;
    final Map<Session, Long> numbers = new LinkedHashMap<>();

    Handshake(Core core, Delivery delivery, TopicIndex topics, List<Desk> desks, long firstSession) {
        this.core = core;
        this.delivery = delivery;
        this.topics = topics;
        this.desks = desks;
        this.sessionCounter = firstSession;
        this.contests = new Contests(core);
        this.tokens = new ResumeToken(core.recovered.storeKey());
    }

    void onHello(Session session, Map<String, @Nullable Object> hello) {
        String namespace = Arguments.text(hello, "namespace", "default");
        String name = Arguments.text(hello, "name", "");
        if (!speaksVersionOne(hello)) {
            refuse(session, ErrorCode.PROTOCOL_VERSION, "the daemon speaks proto [1,1].");
        } else if (!Names.isName(name) || !Names.isName(namespace)) {
            refuse(session, ErrorCode.BAD_NAME, "not a legal name: name=" + name + " namespace=" + namespace + ".");
        } else if (OwnMessages.NAMES.contains(name)) {
            refuse(session, ErrorCode.UNAUTHORIZED, "the name is the daemon's own: name=" + name + ".");
        } else {
            judge(session, namespace, name, hello);
        }
    }

    /** Who the peer is comes before anything is kept of it. */
    private void judge(Session session, String namespace, String name, Map<String, @Nullable Object> hello) {
        Agent known = core.agent(namespace, name);
        Access.Admission admission = core.access.admit(
                namespace,
                name,
                session.connection.uid(),
                known == null ? -1 : known.uid,
                Arguments.text(hello, "auth", ""));
        if (admission.code() != null) {
            core.count(Counter.UNAUTHORIZED);
            refuse(session, admission.code(), admission.why());
        } else if (!core.hasRoomForAgent(namespace, name)) {
            refuse(session, ErrorCode.OVERLOADED, "too many agents.");
        } else {
            session.isOperator = admission.isOperator();
            admit(session, core.addAgent(namespace, name, session.connection.uid()), hello);
        }
    }

    private static boolean speaksVersionOne(Map<String, @Nullable Object> hello) {
        return hello.get("proto") instanceof List<?> range
                && range.size() == 2
                && range.get(0) instanceof Long min
                && range.get(1) instanceof Long max
                && min <= 1
                && max >= 1;
    }

    private void admit(Session session, Agent agent, Map<String, @Nullable Object> hello) {
        String key = Agent.key(agent.namespace, agent.name);
        long epoch = Arguments.number(hello, "epoch", 0);
        boolean hasToken = epoch > 0 && tokens.isValid(key, epoch, Arguments.text(hello, "resume", ""));
        if (hasToken && epoch < agent.epoch) {
            refuse(session, ErrorCode.STALE_EPOCH, "a newer process has this name: epoch=" + agent.epoch + ".");
            return;
        }
        Session owner = agent.session;
        if (owner == null || hasToken || (owner.isSuspect && Boolean.TRUE.equals(hello.get("takeover")))) {
            take(session, agent, hello, hasToken ? epoch : 0);
        } else if (!contests.isDoubtful(owner) || !contests.start(session, agent, owner, hello)) {
            refuseInUse(session, owner);
        }
    }

    /** Gives the name to a session; its owner so far is fenced first (I19). */
    private void take(Session session, Agent agent, Map<String, @Nullable Object> hello, long resumedEpoch) {
        Session owner = agent.session;
        boolean isStorm = false;
        if (owner != null) {
            core.count(Counter.TAKEOVERS);
            isStorm = agent.isTakenTooOften(core.clock.nanoTime());
            fence(owner, isStorm);
        }
        open(session, agent, hello, resumedEpoch);
        if (isStorm) {
            core.count(Counter.TAKEOVER_STORMS);
            core.error(session, ErrorCode.NAME_IN_USE, STORM, false, null);
        }
    }

    /** Decides the contests that are ripe. */
    void onTimer(long nowNs) {
        for (Contests.Contest c = contests.pollDecided(nowNs); c != null; c = contests.pollDecided(nowNs)) {
            Session owner = c.agent().session;
            if (owner == null || contests.verdict(c, nowNs) == Contests.Verdict.OWNER_IS_DEAD) {
                take(c.newcomer(), c.agent(), c.hello(), 0);
            } else {
                refuseInUse(c.newcomer(), owner);
            }
        }
    }

    boolean isContesting(Session session) {
        return contests.isWaiting(session);
    }

    /** Says whether the owner is silent: then a restarted process asks again, with takeover (I19). */
    private void refuseInUse(Session session, Session owner) {
        core.count(Counter.HELLO_REFUSED);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("code", ErrorCode.NAME_IN_USE.name());
        json.put("number", (long) ErrorCode.NAME_IN_USE.number());
        json.put(
                "message",
                "another process has this name: pid=" + owner.connection.pid() + " uid=" + owner.connection.uid()
                        + (owner.isSuspect ? " suspect. " : ". ") + ErrorCode.NAME_IN_USE.action());
        json.put("fatal", true);
        json.put("suspect", owner.isSuspect);
        core.control(session, FrameType.ERROR, json);
        close(session, CloseReason.REFUSED);
    }

    private void fence(Session owner, boolean isStorm) {
        core.count(Counter.SESSIONS_FENCED);
        core.error(owner, ErrorCode.FENCED, isStorm ? STORM : "another session took the name.", true, null);
        end(owner, CloseReason.FENCED);
    }

    private void open(Session session, Agent agent, Map<String, @Nullable Object> hello, long provenEpoch) {
        boolean isAhead = hasSeenALaterStore(agent, hello, provenEpoch);
        long resumedEpoch = isAhead ? 0 : provenEpoch;
        long epoch = resumedEpoch > 0 ? resumedEpoch : core.recovered.bootNo() << 32 | ++epochCounter;
        if (agent.epoch != epoch || agent.uid < 0) {
            agent.epoch = epoch;
            agent.uid = agent.uid < 0 ? session.connection.uid() : agent.uid;
            core.saveAgent(agent);
        }
        if (isAhead) {
            core.count(Counter.STORE_WENT_BACK);
        }
        session.agent = agent;
        session.epoch = epoch;
        session.state = Session.State.OPEN;
        agent.session = session;
        agent.lostAtNs = 0;
        agent.client = Arguments.text(hello, "client", "");
        session.events = hello.get("events") instanceof List<?> events ? names(events) : Set.of();
        session.declared = hello;
        numbers.put(session, ++sessionCounter);
        core.count(Counter.SESSIONS_OPENED);
        delivery.poison.onSessionStart(agent, resumedEpoch > 0);
        welcome(session, resumedEpoch > 0);
        if (!isAhead) {
            takeFloors(session, hello);
        }
        desks.forEach(desk -> desk.onOpen(agent, session));
        session.declared = Map.of();
    }

    /**
     * A copy of an older day is in the place of the store, under the same identity: the boot numbers since then come again, and with them epochs. What the agent has sent and finished since
     * would be taken for messages of now, so it begins anew (I9).
     */
    private boolean hasSeenALaterStore(Agent agent, Map<String, @Nullable Object> hello, long provenEpoch) {
        long bootNo = core.recovered.bootNo();
        boolean isUnknownEpoch = provenEpoch > agent.epoch && provenEpoch >>> 32 >= bootNo;
        return core.recovered.storeUuid().equals(hello.get("store_uuid"))
                && (Arguments.number(hello, "boot_no", 0) > bootNo || isUnknownEpoch);
    }

    private void welcome(Session session, boolean resumed) {
        Agent agent = session.owner();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("proto", 1L);
        json.put("store_uuid", core.recovered.storeUuid());
        json.put("boot_no", core.recovered.bootNo());
        json.put("session", sessionCounter);
        json.put("epoch", session.epoch);
        json.put("resume", tokens.issue(Agent.key(agent.namespace, agent.name), session.epoch));
        json.put("resumed", resumed);
        json.put(
                "limits",
                Map.of(
                        "max_frame", (long) Limits.MAX_FRAME_BYTES,
                        "window_messages", (long) core.config.windowMessages(),
                        "window_bytes", core.config.windowBytes(),
                        "header_block", (long) Limits.MAX_HEADER_BLOCK_BYTES));
        json.put("ping_ms", core.config.pingMs(core.sessions.size()));
        json.put("features", List.of("topics", "express", "request", "dlq", "events"));
        json.put("server", "relay/" + core.config.version());
        core.control(session, FrameType.WELCOME, json);
        session.isWelcomed = true;
    }

    /**
     * Keeps the floors until the first CREDIT and tells the daemon's own, so that the client has handles to ack by. Floors under another store mean
     * nothing here: its epochs are not ours (I9). One of a sender that nobody knows is left out when there is no room for another name: acks say the same later.
     */
    private void takeFloors(Session session, Map<String, @Nullable Object> hello) {
        boolean isOfThisStore =
                core.recovered.storeUuid().equals(Arguments.text(hello, "store_uuid", core.recovered.storeUuid()));
        if (isOfThisStore && hello.get("floors") instanceof List<?> floors) {
            for (Object each : floors) {
                if (each instanceof Map<?, ?> floor) {
                    takeFloor(session, floor);
                }
            }
        }
    }

    private void takeFloor(Session session, Map<?, ?> floor) {
        int laneClass = floor.get("class") == null ? -1 : LaneClass.of(String.valueOf(floor.get("class")));
        String sender = String.valueOf(floor.get("sender"));
        if (laneClass < 0
                || laneClass == LaneClass.EXPRESS
                || !Names.isName(sender)
                || !(floor.get("epoch") instanceof Long epoch)
                || !(floor.get("seq") instanceof Long seq)) {
            return;
        }
        Agent agent = session.owner();
        Agent recipient = floor.containsKey("group") ? partition(agent, floor) : agent;
        if (recipient == null || (laneClass == LaneClass.GROUP && recipient == agent)) {
            return;
        }
        if (!core.hasRoomForAgent(agent.namespace, sender)) {
            core.count(Counter.FLOORS_REFUSED);
            return;
        }
        Lane lane = core.lane(core.addAgent(agent.namespace, sender, -1), recipient, laneClass);
        session.helloFloors.put(lane, new long[] {epoch, seq});
        if (agent.isReady() && recipient == agent) {
            delivery.announcements.tellLane(lane, session);
        }
    }

    /** The partition that a floor is of, if the client still owns it under that epoch: what it did under another one says nothing. */
    private @Nullable Agent partition(Agent member, Map<?, ?> floor) {
        if (!(floor.get("partition") instanceof Long number) || !(floor.get("group_epoch") instanceof Long epoch)) {
            return null;
        }
        String address = Partitions.address(String.valueOf(floor.get("group")), number.intValue());
        Agent partition = core.agent(member.namespace, address);
        return partition != null && partition.owner == member && partition.epoch == epoch ? partition : null;
    }

    private static Set<String> names(List<?> events) {
        return events.stream().limit(MAX_EVENTS).map(String::valueOf).collect(Collectors.toUnmodifiableSet());
    }

    void refuse(Session session, ErrorCode code, String message) {
        core.count(Counter.HELLO_REFUSED);
        core.error(session, code, message, true, null);
        close(session, CloseReason.REFUSED);
    }

    /** Ends a session, orderly or not, and closes its connection. */
    void end(Session session, CloseReason reason) {
        Agent agent = session.agent;
        boolean wasOpen = session.isOpen();
        close(session, reason);
        if (agent == null || !wasOpen || agent.session != session) {
            return;
        }
        agent.session = null;
        for (Stream stream : session.streams.values()) {
            if (stream.session == session) {
                stream.session = null;
            }
        }
        topics.removeLive(agent);
        agent.lostAtNs = session.saidGoodbye || isOurs(reason) ? 0 : core.clock.nanoTime();
        delivery.poison.onSessionEnd(agent, session.saidGoodbye || reason == CloseReason.SHUTDOWN);
        desks.forEach(desk -> desk.onEnd(agent, session));
    }

    /** The daemon stops, or another session has the name. */
    private static boolean isOurs(CloseReason reason) {
        return reason == CloseReason.SHUTDOWN || reason == CloseReason.FENCED;
    }

    private void close(Session session, CloseReason reason) {
        session.state = Session.State.CLOSED;
        numbers.remove(session);
        core.sessions.remove(session.connection);
        session.connection.close(reason);
    }
}
