package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.QuotaLimits;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.FrameWriter;
import dev.relay.protocol.Json;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Names;
import dev.relay.protocol.Uuid7;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The bus as its desks see it. Keeps nothing but the clock of the ids that it gives. Core thread only. */
final class DeskServices implements BusServices {
    /** The daemon as a sender. */
    static final String SELF = "relay-daemon";

    private static final int JSON_CONTENT = 1;
    private static final byte[] NO_BLOCK = {};

    /** A message of the daemon's own: its seq, or why it was not accepted. */
    record Asked(@Nullable ErrorCode refusal, long seq) {}

    private final Core core;
    private final Acceptance acceptance;
    private final BatchCutter cutter;
    private final PartitionSeats seats;
    private final Uuid7 ids;

    DeskServices(Core core, Acceptance acceptance, BatchCutter cutter, Delivery delivery, RandomGenerator random) {
        this.core = core;
        this.acceptance = acceptance;
        this.cutter = cutter;
        this.seats = new PartitionSeats(core, delivery);
        this.ids = new Uuid7(core.clock, random);
    }

    @Override
    public Clock clock() {
        return core.clock;
    }

    @Override
    public @Nullable Agent agent(String namespace, String name) {
        return core.agent(namespace, name);
    }

    @Override
    public Collection<Agent> agents() {
        return Collections.unmodifiableCollection(core.agents.values());
    }

    @Override
    public void event(Session session, Map<String, ?> json) {
        if (session.isOpen() && session.events.contains(String.valueOf(json.get("event")))) {
            core.control(session, FrameType.EVENT, json);
        }
    }

    @Override
    public @Nullable ErrorCode send(String as, Agent recipient, String kind, Map<String, ?> payload) {
        return originate(as, recipient, frame(kind, payload, 0), 0).refusal();
    }

    /** Asks an agent as the daemon; the request expires with the wait. The answer comes to {@link OwnMessages#onReply}. */
    Asked ask(Agent recipient, String kind, Map<String, ?> payload, long ttlMs) {
        return originate(SELF, recipient, frame(kind, payload, (int) ttlMs), Flags.REQUEST);
    }

    private Asked originate(String as, Agent recipient, @Nullable ByteBuffer b, int flags) {
        ErrorCode refusal =
                b == null ? ErrorCode.TOO_LARGE : acceptance.ownMessages().refusal(recipient, b);
        return b == null || refusal != null
                ? new Asked(refusal, 0)
                : new Asked(null, acceptance.ownMessages().send(as, recipient, b, flags));
    }

    /** Null when it is too large. */
    private @Nullable ByteBuffer frame(String kind, Map<String, ?> payload, int ttlMs) {
        byte[] body = Json.write(payload).getBytes(StandardCharsets.UTF_8);
        int bytes = FrameWriter.messageBytes(0, body.length);
        if (bytes > Limits.MAX_FRAME_BYTES) {
            return null;
        }
        ByteBuffer b = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        ids.next();
        FrameWriter.message(
                b,
                FrameType.SEND,
                0,
                0,
                JSON_CONTENT,
                0,
                core.kind(kind),
                0,
                0,
                ttlMs,
                0,
                ids.msb(),
                ids.lsb(),
                NO_BLOCK,
                ByteBuffer.wrap(body));
        return b;
    }

    @Override
    public boolean mayPublish(String namespace, String agent, String topic) {
        return counted(core.access.mayPublish(namespace, agent, topic));
    }

    @Override
    public boolean mayJoin(String namespace, String agent, String group) {
        return counted(core.access.mayJoin(namespace, agent, group));
    }

    private boolean counted(boolean may) {
        if (!may) {
            core.count(Counter.UNAUTHORIZED);
        }
        return may;
    }

    @Override
    public void keep(String desk, String namespace, String key, byte @Nullable [] body) {
        core.next.kept.documents.add(new KeptRows.Document(desk, namespace, key, body));
    }

    @Override
    public void audit(String op, String who, String what) {
        core.next.audits.add(new Batch.Audit(core.clock.wallMs(), op, who, what));
    }

    @Override
    public void whenCommitted(Runnable action) {
        cutter.whenCommitted(action);
    }

    @Override
    public void count(Counter counter) {
        core.count(counter);
    }

    @Override
    public void shadow(Agent agent, String kind, Map<String, ?> payload) {
        if (agent.shadows != null) {
            acceptance.copies().changed(agent, kind, payload);
        }
    }

    @Override
    public QuotaLimits quota() {
        return core.config.quota();
    }

    @Override
    public long bootNo() {
        return core.recovered.bootNo();
    }

    @Override
    public PartitionSeats seats() {
        return seats;
    }

    @Override
    public boolean isOwnName(String name) {
        return OwnMessages.NAMES.contains(name) || !Names.isName(name);
    }

    @Override
    public void error(Session session, ErrorCode code, String message) {
        if (session.isOpen()) {
            core.error(session, code, message, false, null);
        }
    }
}
