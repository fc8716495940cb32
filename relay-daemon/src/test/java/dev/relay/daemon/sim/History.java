package dev.relay.daemon.sim;

import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.StreamKey;
import dev.relay.daemon.sim.Call.Fate;
import dev.relay.daemon.sim.Call.Run;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Frames;
import dev.relay.protocol.Limits;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What everybody saw, judged as it happens: receipts against the disk and the handlers, deliveries against the calls, order against the lanes. What
 * can be judged only in the end is judged by {@link Verdict}.
 */
final class History {
    /** "Done" was told while an effect was not safe: forgiven only if the effect turns out to have been refused. */
    record Debt(Call told, Call effect) {}

    static final String REDRIVER = "relay-redrive";

    final World world;
    final SimDisk disk;
    final List<Call> calls = new ArrayList<>();
    final List<Debt> debts = new ArrayList<>();
    final List<String> violations = new ArrayList<>();
    final TreeMap<String, Long> sometimes = new TreeMap<>();
    final Owners owners = new Owners(this);
    /** Runs that a process finished after another had taken its name. */
    private final Map<SimProcess, List<Run>> ofZombies = new HashMap<>();

    final LaneOrder order = new LaneOrder(this);
    final Subscriptions subscriptions = new Subscriptions(calls);
    /** Ids in REFUSED frames that the daemon wrote, read or not. */
    final Set<Long> refusedIds;

    private final List<Long> stepNs = new ArrayList<>();
    private long lastRebootNs;
    /** Nothing goes wrong in this run, so nothing may be repeated. */
    boolean isFaultFree;

    History(World world, SimDaemon daemon) {
        this.world = world;
        this.disk = daemon.disk;
        this.refusedIds = daemon.refusedIds;
    }

    void violation(String what) {
        Trace.say(world, "VIOLATION " + what);
        violations.add(what + " atMs=" + world.nowMs());
    }

    void count(String name) {
        sometimes.merge(name, 1L, Long::sum);
    }

    @Nullable
    Call call(long uid) {
        return uid > 0 && uid <= calls.size() ? calls.get((int) uid - 1) : null;
    }

    /** The wall clock was set: over a reboot of the machine, and only there, age limits follow it (I32). */
    void clockStepped() {
        stepNs.add(world.nanoTime());
    }

    void rebooted() {
        lastRebootNs = world.nanoTime();
    }

    boolean isClockStepped(long sinceNs) {
        return lastRebootNs > sinceNs && stepNs.stream().anyMatch(at -> at > sinceNs);
    }

    /** The store was replaced: what was in it has no fate. */
    void storeReplaced() {
        subscriptions.storeReplaced();
        debts.clear();
        calls.forEach(c -> c.isExcused = true);
        order.storeReplaced();
    }

    // ---- senders

    Call send(
            String sender,
            int incarnation,
            StreamKey key,
            @Nullable String topic,
            int flags,
            int ttlMs,
            @Nullable Run cause,
            @Nullable Call answers) {
        Call c = new Call(
                calls.size() + 1, sender, incarnation, key, topic, flags, ttlMs, world.nanoTime(), cause, answers);
        calls.add(c);
        if (cause != null) {
            cause.effects.add(c);
        }
        if (topic == null) {
            c.expected.add(c.isGroup() ? Call.addressOf(key.target(), keyOf(c)) : key.target());
        } else {
            subscriptions.durable(topic).forEach(c.expected::add);
        }
        return c;
    }

    /** Follows from its number: some messages share a key, and the sender's order holds for them. */
    static String keyOf(Call c) {
        return "k" + c.uid % 5;
    }

    void ok(Call c, int by, long epoch, long seq) {
        if (c.by != 0) {
            violation("I5 told ok twice " + c);
        }
        c.by = by;
        if (c.isRefused) {
            violation("I2 ok after refused " + c);
        }
        if (c.isExcused) {
            return;
        }
        if (c.isExpress() != (by == Frames.BY_LIVE)) {
            violation("I3 receipt of the wrong kind by=" + by + " " + c);
        } else if (by == Frames.BY_DISK || c.needsDisk()) {
            boolean isReplyDone =
                    c.answers != null && c.isFinishedByAll(); // BOUND does not say by what a reply is safe
            if (!isReplyDone && !isOnDisk(c, epoch, seq) && !(c.isNamed() && isTwinOnDisk(c))) {
                violation("I3 told safe by disk and is not on the disk " + c + " seq=" + seq);
            }
        } else if (by == Frames.BY_ACK) {
            checkDone(c);
        }
        count("ok_by_" + by);
    }

    /** The same call again is delivered to nobody: one of those before it has its fate. */
    private boolean isTwinOnDisk(Call c) {
        return calls.stream()
                .anyMatch(t -> t.first == c.first && t.epoch() != 0 && t != c && isOnDisk(t, t.epoch(), t.seq));
    }

    private boolean isOnDisk(Call c, long epoch, long seq) {
        String target = c.isTopic() ? "" : c.key.target();
        String recipient = c.isGroup() ? c.expected.iterator().next() : target;
        return disk.isAccounted(c.sender, target, recipient, c.streamClass(), epoch, seq);
    }

    /** The sender was told ok, and the recipient has handled it. */
    boolean isDone(String sender, String target, String streamClass, long epoch, long seq) {
        return calls.stream()
                .anyMatch(c -> (c.by != 0 || c.first != c)
                        && c.seq == seq
                        && c.epoch() == epoch
                        && c.sender.equals(sender)
                        && c.key.target().equals(target)
                        && c.key.messageClass().wire().equals(streamClass)
                        && (c.isFinishedBy(target) || c.first != c));
    }

    /** Rule R7: every recipient has acked, and what one of its runs sent is safe. */
    private void checkDone(Call c) {
        for (String recipient : c.expected) {
            Fate fate = c.fates.get(recipient);
            if (fate == null || fate.finished.isEmpty()) {
                violation("R7a told done and is not handled by " + recipient + " " + c);
            } else if (fate.finished.size() == 1) {
                fate.finished.get(0).effects.forEach(e -> checkSafe(c, e));
            }
        }
    }

    private void checkSafe(Call told, Call effect) {
        boolean isSafe = effect.isExpress()
                || effect.isRefused
                || refusedIds.contains(effect.idLsb)
                || effect.isExcused
                || effect.isFinishedByAll()
                || (effect.epoch() != 0 && isOnDisk(effect, effect.epoch(), effect.seq));
        if (!isSafe) {
            debts.add(new Debt(told, effect));
        }
    }

    void refused(Call c, int code) {
        if (c.by != 0) {
            violation("I2 refused after ok code=" + code + " " + c);
        }
        if (c.isRefused) {
            violation("I5 refused twice " + c);
        }
        c.isRefused = true;
        c.refusal = code;
    }

    void unknown(Call c) {
        c.isUnknown = true;
        count("unknown");
    }

    void result(Call told, int outcome, int reason) {
        Call c = told.first;
        if (c.isExcused || told.isExcused) {
            return;
        }
        if (outcome == Frames.ACKED) {
            count("result_acked");
            checkDone(c);
        } else {
            count("result_dead");
            boolean isDead = disk.deadLetters.buried.stream()
                    .anyMatch(d -> d.uid() == c.uid && d.row().reason() == reason);
            if (!isDead) {
                violation("I35 told dead and there is no dead letter reason=" + reason + " " + c);
            }
        }
    }

    void reply(Call request, long replyUid) {
        Call reply = call(replyUid);
        if (reply == null || reply.answers != request) {
            violation("I36 a reply to another request request=" + request + " reply=" + reply);
        }
        if (request.isReplied) {
            violation("I36 two replies " + request);
        }
        request.isReplied = true;
        count("replies_seen");
    }

    /** A frame with a reply arrived at the process that its stream names; the session answers it without a handler. */
    void replyArrived(String recipient, int incarnation, String laneSender, long uid) {
        Call c = call(uid);
        if (c == null || !c.key.target().equals(recipient)) {
            violation("I2 invented or misrouted reply uid=" + uid + " recipient=" + recipient);
            return;
        }
        checkSender(c, laneSender);
        Fate fate = c.fate(recipient);
        if (fate.finishedBy.add(incarnation + "<" + laneSender)) {
            fate.finished.add(new Run(c, recipient));
        }
    }

    // ---- recipients

    /** A reply that is refused because its requester was replaced may have reached the process of before. */
    private void checkSender(Call c, String laneSender) {
        if (c.isRefused && !c.isNamed() && c.refusal != ErrorCode.REQUESTER_GONE.number()) {
            violation("I2 refused and delivered " + c);
        }
        if (!laneSender.equals(REDRIVER) && !laneSender.equals(c.sender)) {
            violation("I2 forged sender lane=" + laneSender + " " + c);
        }
    }

    static String lane(Inbound m) {
        return m.sender() + "/" + m.messageClass().wire() + (m.seat() == null ? "" : m.seat());
    }

    /** Over all owners of a partition the lane is one. */
    static String lifelong(Inbound m) {
        return m.sender() + "/" + m.messageClass().wire();
    }

    private static String recipientOf(SimProcess process, Inbound m) {
        return m.seat() == null ? process.agent.name : m.seat().address();
    }

    boolean isCurrent(SimProcess process, Inbound m) {
        return process.isCurrent() && owners.isCurrent(m);
    }

    /** A handler starts. */
    @Nullable
    Run started(SimProcess process, Inbound m) {
        String recipient = recipientOf(process, m);
        Call c = call(Payload.uidOf(m.payload()));
        if (c == null) {
            violation("I2 invented or changed lane=" + lane(m) + " seq=" + m.seq());
            return null;
        }
        checkSender(c, m.sender());
        String topic = c.topic;
        boolean isMine = topic != null
                ? subscriptions.mayCome(recipient, topic)
                : c.isGroup() ? c.expected.contains(recipient) : c.key.target().equals(recipient);
        if (!isMine) {
            violation("I2 wrong recipient=" + recipient + " " + c);
        }
        Trace.say(world, process + " starts uid=" + c.uid + " " + lane(m));
        Fate fate = c.fate(recipient);
        boolean isRedriven = m.sender().equals(REDRIVER);
        if (c.isNamed()) {
            checkNamed(m, c);
        } else if (!isRedriven) {
            checkAttempt(process, m, c, fate);
            order.started(process, recipient, m, c, fate);
        }
        owners.started(process, m, c);
        fate.starts++;
        return new Run(c, recipient, m.seat());
    }

    /** What was told ok under an id before is not delivered again under another number (I7). */
    private void checkNamed(Inbound m, Call first) {
        for (Call c : calls) {
            if (c.first == first && c.epoch() == m.epoch() && c.seq == m.seq() && c.isToldBefore && !c.isExcused) {
                violation("I7 delivered under a known id seq=" + m.seq() + " " + c);
            }
        }
    }

    private void checkAttempt(SimProcess process, Inbound m, Call c, Fate fate) {
        String recipient = recipientOf(process, m);
        if (c.isExpress()) {
            if (fate.starts > 0) {
                violation("express delivered twice " + c);
            }
            return;
        }
        if (fate.starts > 0 && !m.isRedelivered() && isCurrent(process, m)) {
            violation("R9 a repeat is not flagged recipient=" + recipient + " " + c);
        }
        if (isFaultFree && (m.attempt() != 1 || m.isRedelivered())) {
            violation("I6 redelivered without cause attempt=" + m.attempt() + " " + c);
        }
        if (m.attempt() > fate.failures + 1) {
            violation("I6 attempt=" + m.attempt() + " failures=" + fate.failures + " " + c);
        }
        if (m.attempt() >= 2 && isCurrent(process, m)) {
            count("attempt_" + m.attempt());
            checkRetry(recipient, m, c, fate);
        }
    }

    private void checkRetry(String recipient, Inbound m, Call c, Fate fate) {
        long sinceMs = (world.nanoTime() - fate.firstFailureNs) / 1_000_000;
        if (sinceMs < Limits.retryOffsetMs(m.attempt() - 1) * 9 / 10) {
            violation("I15 too early attempt=" + m.attempt() + " sinceMs=" + sinceMs + " " + c);
        }
        int recorded = disk.attemptsRecorded(c.sender, recipient, laneClass(m), m.epoch(), m.seq());
        if (recorded < m.attempt() - 1 && !isDead(recipient, m) && !c.isExcused) {
            violation("I16 attempt=" + m.attempt() + " delivered before it is recorded=" + recorded + " " + c);
        }
    }

    /** It is dead in its lane to this recipient, and that is on the disk. */
    boolean isDead(String recipient, Inbound m) {
        return disk.isDead(m.sender(), recipient, laneClass(m), m.epoch(), m.seq());
    }

    private static int laneClass(Inbound m) {
        return switch (m.messageClass()) {
            case MESSAGE -> 0;
            case REPLY -> 1;
            case TOPIC -> 2;
            case EXPRESS -> 3;
            case GROUP -> 4;
        };
    }

    /** The handler returned and said so. */
    void finished(SimProcess process, Inbound m, Run run) {
        Trace.say(world, process + " finished uid=" + run.call.uid);
        Fate fate = run.call.fate(run.recipient);
        boolean isAgain = !fate.finishedBy.add(process + "<" + lane(m));
        if (isAgain && !run.call.isNamed() && !m.sender().equals(REDRIVER)) {
            violation("I8 handled twice by one process " + run.call);
        }
        run.isFinished = true;
        owners.finished(m, run.call);
        if (isCurrent(process, m)) {
            fate.finished.add(run);
        } else {
            count("finished_by_zombie");
            ofZombies.computeIfAbsent(process, p -> new ArrayList<>()).add(run);
        }
    }

    /** A crash has forgotten the process that replaced this one: what it finished meanwhile counts. */
    void isOwnerAgain(SimProcess process) {
        List<Run> runs = ofZombies.remove(process);
        if (runs != null) {
            runs.forEach(run -> run.call.fate(run.recipient).finished.add(run));
        }
    }

    void failed(SimProcess process, Inbound m, Run run) {
        Trace.say(world, process + " failed uid=" + run.call.uid);
        Fate fate = run.call.fate(run.recipient);
        if (fate.failures++ == 0) {
            fate.firstFailureNs = world.nanoTime();
        }
        if (!run.call.isExpress() && !run.call.isNamed() && !run.call.isExcused) {
            order.failed(process, m, run);
        }
    }

    /** The process died with these messages delivered. */
    void died(String recipient) {
        for (Call c : calls) {
            if (c.isGroup()) {
                c.expected.forEach(partition -> c.fate(partition).deaths++);
            } else if ((c.isTopic() || c.key.target().equals(recipient)) && !c.isFinishedBy(recipient)) {
                c.fate(recipient).deaths++;
            }
        }
    }

    void redriven(long uid, String recipient) {
        Call c = call(uid);
        if (c != null) {
            c.fate(recipient).redrives++;
        }
    }
}
