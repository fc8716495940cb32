package dev.relay.daemon.routing;

import dev.relay.daemon.access.Access;
import dev.relay.daemon.deadletter.DeadLetters;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.ProcessUse;
import dev.relay.daemon.group.GroupDesk;
import dev.relay.daemon.presence.PresenceDesk;
import dev.relay.daemon.proposal.ProposalDesk;
import dev.relay.daemon.quota.QuotaDesk;
import dev.relay.daemon.session.CloseReason;
import dev.relay.daemon.session.Connection;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.state.LatestDesk;
import dev.relay.daemon.state.StateDesk;
import dev.relay.daemon.state.WindowDesk;
import dev.relay.daemon.store.MessageStore;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
    private final BatchCutter cutter;
    private final AppIds appIds;
    private final Journal journal;
    private final Handshake handshake;
    private final Incoming incoming;
    private final SessionWatch watch;
    private final Facts facts;
    private final Copies copies;
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
        TopicIndex topics = new TopicIndex();
        appIds = new AppIds(core);
        journal = new Journal(core);
        Acceptance acceptance = new Acceptance(core, receipts, delivery, topics, results, appIds);
        cutter = new BatchCutter(core, receipts, delivery, deadLetters, segments, results, journal, failStop);
        handshake = new Handshake(core, delivery, topics, desks, random.nextInt(1 << 30));
        watch = new SessionWatch(core, handshake);
        facts = new Facts(core, handshake, cutter, watch);
        DeadLetterDesk deadLetterDesk = new DeadLetterDesk(core, acceptance.ownMessages(), cutter, deadLetters);
        DeskServices services = new DeskServices(core, acceptance, cutter, delivery, random);
        CommandDesk commands = new CommandDesk(core, services);
        copies = acceptance.copies();
        acceptance.ownMessages().onReply(commands::onReply);
        cutter.onDeath(dead -> {
            deadLetterDesk.tell(dead);
            copies.died(dead);
            commands.died(dead);
        });
        desks.add(new LaneDesk(core, delivery, cutter, deadLetters));
        desks.add(new InterestDesk(core, cutter, topics));
        desks.add(new ShadowDesk(core, cutter));
        desks.add(deadLetterDesk);
        desks.add(new BreakerDesk(core, delivery, cutter));
        desks.add(commands);
        desks.add(new PauseDesk(core, delivery, services));
        desks.add(new MetricsDesk(core));
        desks.add(new FactsDesk(core, facts));
        desks.addAll(desks(services));
        ControlOps operations = new ControlOps(core, cutter, deadLetters, facts, desks);
        incoming = new Incoming(core, receipts, delivery, acceptance, handshake, operations);
        new Restore(core, delivery, topics, appIds, desks).run(recovered);
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
        incoming.onFrame(connection, b, at);
    }

    /** A frame above the limit: the first 64 bytes are at {@code at}; the transport reads past the rest unless the connection was closed. */
    public void onOversized(Connection connection, ByteBuffer b, int at) {
        incoming.onOversized(connection, b, at);
    }

    /** A length below 8, or above what can be read past: answered and closed. */
    public void onBroken(Connection connection) {
        incoming.onBroken(connection);
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
            delivery.expiry.onTimer();
            handshake.onTimer(now);
            delivery.breakers.onTimer(now);
            appIds.onTimer(now);
            journal.onTimer(now);
            desks.forEach(desk -> desk.onTimer(now));
            scanAtNs = now + watch.roundNs();
        }
        watch.onTimer(now);
    }

    /** When {@link #onTimer} is wanted next, as a {@link Clock#nanoTime}; never in the far future while there are connections. */
    public long nextDeadlineNs() {
        long next =
                Math.min(receipts.nextDeadlineNs(), Math.min(delivery.pump.timers.nextNs(), cutter.nextDeadlineNs()));
        next = core.sessions.isEmpty() ? next : Math.min(next, watch.nextDeadlineNs());
        return core.sessions.isEmpty() && delivery.expiry.hasNone() ? next : Math.min(next, scanAtNs);
    }

    /** After each read batch, timer turn and posted task: receipts go out, a batch is cut when the store is idle. Then the transport flushes. */
    public void endOfBatch() {
        if (delivery.pump.hasStalled()) {
            delivery.pump.resumeStalled();
        }
        delivery.memberCopies.giveTo(copies);
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
}
