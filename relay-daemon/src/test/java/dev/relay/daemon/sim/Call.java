package dev.relay.daemon.sim;

import dev.relay.client.internal.MessageClass;
import dev.relay.client.internal.Seat;
import dev.relay.client.internal.StreamKey;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Partitions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One call of send and everything that anybody saw of it. */
final class Call {
    /** One run of a handler, and what it sent. */
    static final class Run {
        final Call call;
        final String recipient;
        final List<Call> effects = new ArrayList<>(0);
        /** The partition whose owner runs it. */
        final @Nullable Seat seat;

        boolean isFinished;

        Run(Call call, String recipient) {
            this(call, recipient, null);
        }

        Run(Call call, String recipient, @Nullable Seat seat) {
            this.call = call;
            this.recipient = recipient;
            this.seat = seat;
        }
    }

    /** What one recipient did with it. */
    static final class Fate {
        final List<Run> finished = new ArrayList<>(1);
        /** Processes whose handler finished it, lane by lane. */
        final Set<String> finishedBy = new HashSet<>(2);

        int starts;
        int failures;
        int deaths;
        long firstFailureNs;
        int redrives;
    }

    final long uid;
    final String sender;
    final int incarnation;
    final StreamKey key;
    final @Nullable String topic;
    final int flags;
    final int ttlMs;
    final long atNs;
    /** The handler run that sent it. */
    final @Nullable Run cause;
    /** The request that it answers. */
    final @Nullable Call answers;

    final Map<String, Fate> fates = new TreeMap<>();
    /** Recipients that must see it once it is ok. */
    final Set<String> expected = new HashSet<>(2);

    /** Whose session has numbered it, and how. */
    @Nullable
    SimProcess owner;

    long seq;
    long idLsb;
    int by;
    boolean isRefused;
    int refusal;
    boolean isUnknown;
    boolean isResultAsked;
    /** The store that held it was replaced. */
    boolean isExcused;

    boolean isReplied;
    /** Under one id of the application the first call speaks for all: what is delivered carries its number. */
    Call first = this;
    /** A call with its id was told ok before this one was made (I7). */
    boolean isToldBefore;

    Call(
            long uid,
            String sender,
            int incarnation,
            StreamKey key,
            @Nullable String topic,
            int flags,
            int ttlMs,
            long atNs,
            @Nullable Run cause,
            @Nullable Call answers) {
        this.uid = uid;
        this.sender = sender;
        this.incarnation = incarnation;
        this.key = key;
        this.topic = topic;
        this.flags = flags;
        this.ttlMs = ttlMs;
        this.atNs = atNs;
        this.cause = cause;
        this.answers = answers;
    }

    /** Has the id that earlier calls had too: the same call again. */
    void isTwinOf(Call earlier) {
        first = earlier.first;
        isToldBefore = (earlier.isToldBefore || earlier.by != 0) && !earlier.isExcused;
    }

    boolean isNamed() {
        return (flags & Flags.APP_ID) != 0;
    }

    boolean isTopic() {
        return topic != null;
    }

    boolean isGroup() {
        return key.targetKind().equals("group");
    }

    /** What a message to a group is for: one of its partitions. */
    static String addressOf(String group, String key) {
        return Partitions.address(group, Partitions.ofKey(key));
    }

    boolean isExpress() {
        return key.messageClass() == MessageClass.EXPRESS;
    }

    boolean needsDisk() {
        return (flags & (Flags.REQUIRE_DISK | Flags.JOURNAL | Flags.APP_ID)) != 0;
    }

    /** 0 while its session was never open. */
    long epoch() {
        return owner == null ? 0 : owner.session.epoch();
    }

    /** Number of the class of its stream, as the daemon stores it. */
    int streamClass() {
        return isGroup() ? 4 : isTopic() ? 2 : key.messageClass() == MessageClass.REPLY ? 1 : 0;
    }

    Fate fate(String recipient) {
        return fates.computeIfAbsent(recipient, r -> new Fate());
    }

    boolean isFinishedBy(String recipient) {
        Fate fate = fates.get(recipient);
        return fate != null && !fate.finished.isEmpty();
    }

    boolean isFinishedByAll() {
        return expected.stream().allMatch(this::isFinishedBy);
    }

    @Override
    public String toString() {
        return "uid=" + uid + " " + sender + "#" + incarnation + ">" + (isTopic() ? topic : key.target()) + " "
                + key.messageClass() + " flags=" + flags + " by=" + by;
    }
}
