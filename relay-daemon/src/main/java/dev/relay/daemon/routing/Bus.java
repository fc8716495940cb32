package dev.relay.daemon.routing;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.group.GroupDesk;
import dev.relay.daemon.presence.PresenceDesk;
import dev.relay.daemon.proposal.ProposalDesk;
import dev.relay.daemon.quota.QuotaDesk;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.daemon.session.InterestFilter;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.state.LatestDesk;
import dev.relay.daemon.state.StateDesk;
import dev.relay.daemon.state.WindowDesk;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Json;
import dev.relay.protocol.JsonException;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Names;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The heart of the daemon: frames in, frames out, no sockets, no SQL, no system clock.
 *
 * <p>A message that is accepted ({@code Acceptance}) goes at once into the lanes of its recipients ({@code Delivery}) and, in parallel, into the next batch
 * for the store ({@code BatchCutter}). Its sender is told that it is safe when the batch is committed or when the last recipient has acked, whichever is
 * first ({@code Receipts}). An online pair therefore runs at memory speed with the promise of a durable one, and what is acked before its batch
 * is cut is never written.
 *
 * <p>One thread, the core thread, makes every call, the completions of the store included. After each read batch, timer turn and posted
 * task it calls {@link #endOfBatch}; then the transport flushes. Everything that grows is bounded by a window, a watermark or a quota of
 * {@link BusConfig}, and says no by a code.
 */
public final class Bus {

    private final Core core;
    private final Receipts receipts;
    private final Delivery delivery;
    private final TopicIndex topics;
    private final Acceptance acceptance;
    private final BatchCutter cutter;
    private final AppIds appIds;
    private final Journal journal;
    private final Handshake handshake;
    private final SessionWatch watch;
    private final ControlOps operations;
    private final Facts facts;
    private final List<Desk> desks = new ArrayList<>();
    private long scanAtNs;

    /** A bus on which every peer is trusted, for those that have no foreign ones. */
    public Bus(
            BusConfig config,
            Clock clock,
            MessageStore store,
            Recovered recovered,
            RandomGenerator random,
            FailStop failStop) {
        this(config, clock, store, recovered, random, failStop, Access.trusting());
    }

    /** {@code random} only spreads the session numbers, so that those of two lives of the daemon do not meet in a log. */
    public Bus(
            BusConfig config,
            Clock clock,
            MessageStore store,
            Recovered recovered,
            RandomGenerator random,
            FailStop failStop,
            Access access) {
        core = new Core(config, clock, store, recovered, access);
        receipts = new Receipts(core);
        DeadLetters deadLetters = new DeadLetters(clock, recovered);
        Segments segments = new Segments(core, recovered.segments());
        Results results = new Results(core, receipts, deadLetters);
        delivery = new Delivery(core, receipts, deadLetters, segments, results);
        topics = new TopicIndex();
        appIds = new AppIds(core);
        journal = new Journal(core);
        acceptance = new Acceptance(core, receipts, delivery, topics, results, appIds);
        cutter = new BatchCutter(core, receipts, delivery, deadLetters, segments, results, journal, failStop);
        handshake = new Handshake(core, delivery, topics, desks, random.nextInt(1 << 30));
        watch = new SessionWatch(core, handshake);
        facts = new Facts(core, handshake, cutter, watch);
        DeadLetterDesk deadLetterDesk = new DeadLetterDesk(core, acceptance.ownMessages(), cutter, deadLetters);
        cutter.onDeath(dead -> {
            deadLetterDesk.tell(dead);
            acceptance.copies().died(dead);
        });
        desks.add(new LaneDesk(core, delivery, cutter, deadLetters));
        desks.add(new InterestDesk(core, cutter, topics));
        desks.add(new ShadowDesk(core, cutter));
        desks.add(deadLetterDesk);
        desks.add(new BreakerDesk(core, delivery, cutter));
        DeskServices services = new DeskServices(core, acceptance, cutter, delivery, random);
        desks.add(new PauseDesk(core, delivery, services));
        desks.add(new MetricsDesk(core));
        desks.add(new FactsDesk(core, facts));
        desks.addAll(desks(services));
        operations = new ControlOps(core, cutter, deadLetters, facts, desks);
        restore(recovered);
        scanAtNs = clock.nanoTime();
    }

    /** The desks beside routing; each serves operations of its own. */
    private static List<Desk> desks(BusServices services) {
        return List.of(
                new PresenceDesk(services),
                new GroupDesk(services),
                new QuotaDesk(services),
                new StateDesk(services),
                new LatestDesk(services),
                new WindowDesk(services),
                new ProposalDesk(services));
    }

    private void restore(Recovered recovered) {
        recovered.agents().forEach(row -> {
            Agent agent = core.addAgent(row.namespace(), row.name(), row.uid());
            agent.epoch = row.epoch();
            agent.durableEpoch = row.epoch();
        });
        recovered.kinds().forEach(row -> core.putKind(row.id(), row.name()));
        recovered.streams().forEach(core::restore);
        recovered.lanes().forEach(this::restoreLane);
        recovered
                .subscriptions()
                .forEach(row -> topics.add(
                        core.addAgent(row.namespace(), row.agent(), -1), row.pattern(), true, InterestFilter.ALL));
        Map<Integer, Lane> byId = new java.util.HashMap<>();
        core.lanes.forEach(lane -> byId.put(lane.id, lane));
        recovered
                .skips()
                .forEach(row -> lane(byId, row.lane()).recoveredSkips.add(new long[] {row.epoch(), row.seq()}));
        recovered.attempts().forEach(row -> restoreFailure(lane(byId, row.lane()), row));
        appIds.restore(recovered.kept().appIds());
        delivery.revival.restore(recovered.kept().laneOptions());
        core.lanes.stream().filter(lane -> lane.spilled == 0).forEach(lane -> {
            delivery.spill.appendSkips(lane, Long.MAX_VALUE, Long.MAX_VALUE);
        });
        core.deadLetterCount = recovered.dead().size();
        core.agents.values().forEach(agent -> agent.isDurable = true);
        core.partitions().forEach(partition -> partition.isDurable = true);
        recovered.kept().documents().forEach(row -> desks.forEach(desk -> desk.restore(row)));
        core.next.agents.clear();
        core.next.streams.clear();
        core.next.lanes.clear();
    }

    private static Lane lane(Map<Integer, Lane> byId, int id) {
        return java.util.Objects.requireNonNull(byId.get(id), "a row names a lane that is not stored");
    }

    private void restoreLane(Recovered.LaneRow row) {
        Lane lane = core.restore(row);
        lane.spilled = row.pending();
        lane.queuedBytes = row.pendingBytes();
        lane.recipient.mailboxMessages += row.pending();
        lane.recipient.mailboxBytes += row.pendingBytes();
        for (int i = 0; i < row.finished().length; i += 2) {
            lane.recoveredFinished.add(new Lane.Position(row.finished()[i], row.finished()[i + 1]));
        }
    }

    private void restoreFailure(Lane lane, Recovered.AttemptRow row) {
        Failure f = new Failure(row.epoch(), row.seq());
        f.failures = row.attempts();
        f.crashes = row.crashes();
        long failedAtMs = row.attempts() > 1 ? Limits.retryOffsetMs(row.attempts() - 1) : 0;
        f.firstFailureNs = core.startedNs - TimeUnit.MILLISECONDS.toNanos(failedAtMs);
        f.dueNs = f.firstFailureNs + TimeUnit.MILLISECONDS.toNanos(row.dueOffsetMs());
        f.diesWhenDue = row.dueOffsetMs() >= Limits.RETRY_BUDGET_MS;
        f.firstAtMs = row.firstAtMs();
        f.error = row.error();
        lane.failures.add(f);
    }

    /** A transport has a new connection. */
    public void onConnect(Connection connection) {
        Session session = new Session(connection, core.clock.nanoTime());
        core.sessions.put(connection, session);
        if (core.isShuttingDown) {
            handshake.refuse(session, ErrorCode.SHUTTING_DOWN, "the daemon stops.");
        } else if (core.sessions.size() - handshake.numbers.size() > core.config.maxUnauthenticated()) {
            handshake.refuse(session, ErrorCode.OVERLOADED, "too many connections without HELLO.");
        }
    }

    /** One whole frame at {@code at} of a little-endian buffer; what is kept is copied. */
    public void onFrame(Connection connection, ByteBuffer b, int at) {
        Session session = core.sessions.get(connection);
        if (session == null) {
            return;
        }
        core.nowNs = core.clock.nanoTime();
        session.lastHeardNs = core.nowNs;
        session.isSuspect = false;
        session.isSilent = false;
        int type = Frames.type(b, at);
        if (!session.isOpen()) {
            onFirst(session, type, b, at);
        } else if (!FrameType.isKnown(type)) {
            core.count(Counter.UNKNOWN_FRAMES);
            core.error(session, ErrorCode.BAD_FRAME, "unknown frame type: type=" + type + ".", false, null);
        } else if (Frames.len(b, at) < Frames.minimumBytes(type)) {
            bad(session, FrameType.nameOf(type) + " is too short.");
        } else {
            onFrame(session, type, b, at);
        }
    }

    private void onFirst(Session session, int type, ByteBuffer b, int at) {
        if (type != FrameType.HELLO) {
            bad(session, "HELLO comes first.");
            return;
        }
        Map<String, @Nullable Object> hello = json(session, b, at, Limits.MAX_CONTROL_BYTES);
        if (hello != null) {
            handshake.onHello(session, hello);
        }
    }

    private void onFrame(Session session, int type, ByteBuffer b, int at) {
        switch (type) {
            case FrameType.SEND -> acceptance.onSend(session, b, at);
            case FrameType.ACK -> onAck(session, b, at);
            case FrameType.NACK -> onNack(session, b, at);
            case FrameType.CREDIT -> onCredit(session, b, at);
            case FrameType.PING -> {
                FrameWriter.pong(session.connection.reserve(Frames.PING_BYTES), Frames.pingTime(b, at));
                session.connection.commit();
            }
            case FrameType.PONG -> {}
            case FrameType.BIND, FrameType.KIND, FrameType.CONTROL, FrameType.GOODBYE ->
                onControl(session, type, b, at);
            default -> bad(session, FrameType.nameOf(type) + " is not for the daemon, or not now.");
        }
    }

    private void onControl(Session session, int type, ByteBuffer b, int at) {
        Map<String, @Nullable Object> json = json(session, b, at, Limits.MAX_CONTROL_BYTES);
        if (json == null) {
            return;
        }
        switch (type) {
            case FrameType.BIND -> onBind(session, json);
            case FrameType.KIND -> onKind(session, json);
            case FrameType.CONTROL -> operations.onControl(session, json);
            default -> {
                session.saidGoodbye = true;
                receipts.flush();
                handshake.end(session, CloseReason.GOODBYE);
            }
        }
    }

    private @Nullable Map<String, @Nullable Object> json(Session session, ByteBuffer b, int at, int limit) {
        try {
            if (Frames.len(b, at) <= limit) {
                return Json.control(b, at);
            }
            bad(session, "control frame too large.");
        } catch (JsonException e) {
            bad(session, "bad JSON: " + e.getMessage() + ".");
        }
        return null;
    }

    private void bad(Session session, String message) {
        core.count(Counter.BAD_FRAMES);
        core.error(session, ErrorCode.BAD_FRAME, message, true, null);
        handshake.end(session, CloseReason.BAD_FRAME);
    }

    private void onBind(Session session, Map<String, @Nullable Object> json) {
        long handle = Handshake.number(json, "handle", 0);
        String kind = Handshake.text(json, "target_kind", "");
        String target = Handshake.text(json, "target", "");
        boolean isTopics = kind.equals("topics");
        int streamClass = streamClass(kind, LaneClass.of(Handshake.text(json, "class", "message")));
        if (handle <= 0 || handle > Integer.MAX_VALUE || session.streams.size() >= Limits.MAX_HANDLES) {
            core.error(session, ErrorCode.BAD_HANDLE, "handle out of range or too many.", false, handle);
        } else if (streamClass < 0 || (isTopics ? !target.isEmpty() : !Names.isName(target))) {
            core.error(session, ErrorCode.BAD_NAME, "not a legal target: target=" + target + ".", false, handle);
        } else {
            bind(session, (int) handle, core.stream(session.owner(), target, streamClass), json);
        }
    }

    /** The class of a stream to this kind of target, or -1: a group takes messages only. */
    static int streamClass(String targetKind, int said) {
        return switch (targetKind) {
            case "topics" -> LaneClass.TOPIC;
            case "group" -> said == LaneClass.MESSAGE ? LaneClass.GROUP : -1;
            default -> said == LaneClass.TOPIC || said == LaneClass.GROUP ? -1 : said;
        };
    }

    private void bind(Session session, int handle, Stream stream, Map<String, @Nullable Object> json) {
        stream.resume(session.epoch, Handshake.number(json, "resolved_to", 0), core::receipted);
        if (stream.streamClass != LaneClass.EXPRESS) {
            core.dirtyMark(stream);
        }
        stream.isForbidden = stream.streamClass != LaneClass.TOPIC
                && stream.streamClass != LaneClass.REPLY
                && !core.access.maySend(stream.sender.namespace, stream.sender.name, stream.target);
        stream.session = session;
        stream.handle = handle;
        stream.refusedSeq = 0;
        session.streams.put(handle, stream);
        receipts.flush();
        core.control(
                session,
                FrameType.BOUND,
                Map.of("handle", (long) handle, "mark", stream.mark, "safe_to", stream.safeTo));
        delivery.announcements.repeatPressure(stream);
    }

    private void onKind(Session session, Map<String, @Nullable Object> json) {
        long handle = Handshake.number(json, "handle", 0);
        String name = Handshake.text(json, "kind", "");
        int kind = Names.isKind(name) && session.kinds.size() < Limits.MAX_HANDLES ? core.kind(name) : 0;
        if (handle <= 0 || handle > Integer.MAX_VALUE || kind == 0) {
            core.error(session, ErrorCode.BAD_HANDLE, "bad kind or too many: kind=" + name + ".", false, handle);
        } else {
            session.kinds.put((int) handle, kind);
        }
    }

    private @Nullable Lane laneOf(Session session, ByteBuffer b, int at) {
        Lane lane = session.lane(Frames.handle(b, at));
        if (lane == null && session.hadLane(Frames.handle(b, at))) {
            core.count(Counter.FENCED_BY_GROUP);
            core.error(session, ErrorCode.NOT_OWNER, "the partition has moved.", false, (long) Frames.handle(b, at));
        } else if (lane == null) {
            core.error(session, ErrorCode.BAD_HANDLE, "unknown lane: lane=" + Frames.handle(b, at) + ".", false, null);
        }
        return lane;
    }

    private void onAck(Session session, ByteBuffer b, int at) {
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            delivery.acks.onAck(session, lane, Frames.epoch(b, at), Frames.seq(b, at), Frames.ackBits(b, at));
        }
    }

    private void onNack(Session session, ByteBuffer b, int at) {
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            int length = (int) Math.min(Frames.len(b, at) - Frames.NACK_BYTES, Limits.MAX_ERROR_TEXT_BYTES);
            byte[] error = new byte[length];
            b.get(at + Frames.NACK_BYTES, error);
            delivery.retries.onNack(
                    lane,
                    Frames.epoch(b, at),
                    Frames.seq(b, at),
                    Frames.b6(b, at),
                    Frames.nackDelayMs(b, at) & 0xFFFF_FFFFL,
                    new String(error, StandardCharsets.UTF_8));
        }
    }

    private void onCredit(Session session, ByteBuffer b, int at) {
        int messages = Math.max(0, Frames.creditMessages(b, at));
        long bytes = Math.max(0, Frames.creditBytes(b, at));
        if (Frames.handle(b, at) == 0) {
            session.creditMessages = messages;
            session.creditBytes = bytes;
            session.owner().lanesCopy().forEach(lane -> lane.creditMessages = -1);
            session.hasCredit = true;
            delivery.acks.onFirstCredit(session);
            return;
        }
        Lane lane = laneOf(session, b, at);
        if (lane != null) {
            lane.creditMessages = messages;
            lane.creditBytes = bytes;
            delivery.pump.pump(lane);
        }
    }

    /** A frame above the limit: the first 64 bytes are at {@code at}; the transport reads past the rest unless the connection was closed. */
    public void onOversized(Connection connection, ByteBuffer b, int at) {
        Session session = core.sessions.get(connection);
        if (session == null) {
            return;
        }
        if (session.isOpen() && Frames.type(b, at) == FrameType.SEND) {
            session.lastHeardNs = core.clock.nanoTime();
            acceptance.refuse(session, b, at, ErrorCode.TOO_LARGE);
        } else {
            bad(session, "frame too large: limitBytes=" + Limits.MAX_FRAME_BYTES + ".");
        }
    }

    /** A length below 8, or above what can be read past: answered and closed. */
    public void onBroken(Connection connection) {
        Session session = core.sessions.get(connection);
        if (session != null) {
            bad(session, "bad frame length.");
        }
    }

    /** The connection ended, whoever closed it. Idempotent. */
    public void onDisconnect(Connection connection) {
        Session session = core.sessions.get(connection);
        if (session != null) {
            handshake.end(session, CloseReason.EOF);
        }
    }

    /** Runs what is due by the clock. */
    public void onTimer() {
        long now = core.clock.nanoTime();
        core.nowNs = now;
        cutter.onTimer(now);
        for (Lane lane = delivery.pump.timers.due(now); lane != null; lane = delivery.pump.timers.due(now)) {
            delivery.pump.pump(lane);
        }
        if (now - scanAtNs >= 0) {
            handshake.onTimer(now);
            delivery.breakers.onTimer(now);
            appIds.onTimer(now);
            journal.onTimer(now);
            desks.forEach(desk -> desk.onTimer(now));
            scanAtNs = watch.look(now);
        }
    }

    /** When {@link #onTimer} is wanted next, as a {@link Clock#nanoTime}; never in the far future while there are connections. */
    public long nextDeadlineNs() {
        long next =
                Math.min(receipts.nextDeadlineNs(), Math.min(delivery.pump.timers.nextNs(), cutter.nextDeadlineNs()));
        return core.sessions.isEmpty() ? next : Math.min(next, scanAtNs);
    }

    /** After each read batch, timer turn and posted task: receipts go out, a batch is cut when the store is idle. Then the transport flushes. */
    public void endOfBatch() {
        if (delivery.pump.hasStalled()) {
            delivery.pump.resumeStalled();
        }
        receipts.flushDue();
        cutter.cutIfDue();
    }

    /** Refuses what still comes and stores what was accepted. Call again after each completion until true; then close the connections and the store. */
    public boolean shutdown() {
        core.isShuttingDown = true;
        receipts.flush();
        cutter.cutIfDue();
        if (!cutter.isDrained()) {
            return false;
        }
        receipts.flush();
        for (Session session : new ArrayList<>(core.sessions.values())) {
            if (session.isOpen()) {
                core.control(session, FrameType.GOODBYE, Map.of("reason", ErrorCode.SHUTTING_DOWN.name()));
            }
            handshake.end(session, CloseReason.SHUTDOWN);
        }
        return cutter.isDrained();
    }

    /** An operation of a desk for an operator who is on no session; the audit names {@code who}. */
    public void operate(String who, String op, Map<String, @Nullable Object> request, Answer answer) {
        Caller caller = Caller.outside(who);
        if (desks.stream().noneMatch(desk -> desk.operate(caller, op, request, answer))) {
            answer.fail(ErrorCode.BAD_REQUEST, "unknown op: op=" + op);
        }
    }

    /** Other bounds from now on; windows stay as connections were told. */
    public void reconfigure(BusConfig config) {
        core.config = config.withWindows(core.config.windowMessages(), core.config.windowBytes());
    }

    /** Facts of this moment. */
    public BusSnapshot snapshot() {
        return facts.snapshot();
    }

    /** Process ids behind the open sessions, each once, as far as they are known. */
    public int[] pids() {
        return core.sessions.values().stream()
                .filter(Session::isOpen)
                .mapToInt(session -> session.connection.pid())
                .filter(pid -> pid > 0)
                .distinct()
                .toArray();
    }

    /** What those processes use. */
    public void sampled(List<ProcessUse> uses) {
        Map<Integer, ProcessUse> byPid = new java.util.HashMap<>();
        uses.forEach(use -> byPid.put(use.pid(), use));
        for (Session session : core.sessions.values()) {
            ProcessUse use = session.isOpen() ? byPid.get(session.connection.pid()) : null;
            if (use != null) {
                session.owner().processUse = use;
            }
        }
    }

    /** Messages that are held in memory, for tests that look for leaks. */
    long heldMessages() {
        return core.pool.liveCount();
    }
}
