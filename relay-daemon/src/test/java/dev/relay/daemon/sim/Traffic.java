package dev.relay.daemon.sim;

import dev.relay.client.internal.Draft;
import dev.relay.client.internal.StreamKey;
import dev.relay.daemon.sim.Call.Run;
import dev.relay.protocol.Flags;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What agents say to each other: every class, flag and target that a client can ask for, some of them wrong. */
final class Traffic {
    /** The group that its members join in some runs. */
    static final String GROUP = "g";

    private static final List<String> NAMES = List.of("a", "b", "c");
    private static final List<String> TOPICS = List.of("a.x", "a.y", "b.x", "b.y.z");
    private static final List<String> KINDS = List.of("", "order", "fill");
    private static final byte[] TOO_LARGE = new byte[1 << 20];

    private final Map<String, Call> named = new HashMap<>();
    private final World world;
    private final History history;

    Traffic(World world, History history) {
        this.world = world;
        this.history = history;
    }

    private String randomName() {
        return NAMES.get(world.random.nextInt(NAMES.size()));
    }

    /** One call of a random kind, from outside or inside a handler. */
    void sendAny(SimProcess from, @Nullable Run cause) {
        double kind = world.random.nextDouble();
        if (kind < 0.2) {
            publish(from, TOPICS.get(world.random.nextInt(TOPICS.size())), cause);
        } else if (kind < 0.3) {
            send(from, StreamKey.express(randomName()), 0, 0, cause);
        } else if (kind < 0.31) {
            send(from, StreamKey.agent("ghost"), 0, 0, cause);
        } else if (kind < 0.315) {
            publish(from, "not..a topic", cause);
        } else if (kind < 0.35 && cause == null) {
            ask(from, randomName(), null);
        } else {
            sendTo(from, randomName(), cause);
        }
    }

    /** A direct message with random flags. */
    void sendTo(SimProcess from, String to, @Nullable Run cause) {
        sendTo(from, StreamKey.agent(to), cause);
    }

    /** To whoever owns the partition of its key. */
    void sendToGroup(SimProcess from, @Nullable Run cause) {
        sendTo(from, StreamKey.group(GROUP), cause);
    }

    private void sendTo(SimProcess from, StreamKey to, @Nullable Run cause) {
        int flags = 0;
        if (world.chance(0.25)) {
            flags |= Flags.WANT_RESULT;
        }
        if (world.chance(0.1)) {
            flags |= Flags.REQUIRE_DISK;
        }
        if (world.chance(0.03)) {
            flags |= Flags.JOURNAL;
        }
        int ttlMs = world.chance(0.1) ? (int) world.between(1, 3_000) : 0;
        send(from, to, flags, ttlMs, cause);
    }

    void send(SimProcess from, StreamKey key, int flags, int ttlMs, @Nullable Run cause) {
        Call c = history.send(from.agent.name, from.incarnation, key, null, flags, ttlMs, cause, null);
        boolean isTooLarge = world.chance(0.001);
        byte[] payload = isTooLarge ? TOO_LARGE : Payload.of(c.uid);
        from.submit(c, draft(c, key, flags, ttlMs, block(c, null), payload));
    }

    /** What follows from the call: the key of a group's partition, and the fence of a partition's handler. */
    private static byte[] block(Call c, @Nullable String topic) {
        HeaderBlock.Builder block = new HeaderBlock.Builder();
        if (topic != null) {
            block.put(HeaderKey.TOPIC, topic);
        }
        if (c.isGroup()) {
            block.put(HeaderKey.KEY, History.keyOf(c));
        }
        if (c.cause != null && c.cause.seat != null) {
            c.cause.seat.fence(block);
        }
        return block.build();
    }

    private Draft draft(Call c, StreamKey key, int flags, int ttlMs, byte[] block, byte[] payload) {
        String kind = KINDS.get(world.random.nextInt(KINDS.size()));
        int priority = world.chance(0.1) ? 5 : 0;
        return new Draft(key, kind, flags, priority, 0, ttlMs, block, payload, c);
    }

    /** Under one of few ids of the application, which its name may have used before, in this life or an earlier one (I7). */
    void sendNamed(SimProcess from, int number) {
        StreamKey key = StreamKey.agent(NAMES.get(number % NAMES.size()));
        int flags = Flags.APP_ID | (number % 2 == 0 ? Flags.WANT_RESULT : 0);
        Call c = history.send(from.agent.name, from.incarnation, key, null, flags, 0, null, null);
        Call before = named.put(c.sender + number, c);
        if (before != null) {
            c.isTwinOf(before);
        }
        byte[] block = new HeaderBlock.Builder()
                .put(HeaderKey.APP_ID, "call-" + number)
                .build();
        from.submit(c, draft(c, key, flags, 0, block, Payload.of(c.first.uid)));
    }

    void publish(SimProcess from, String topic, @Nullable Run cause) {
        StreamKey key = StreamKey.topics();
        int flags = world.chance(0.1) ? Flags.REQUIRE_DISK : 0;
        boolean isAged = from.agent.plan.isAged() && world.chance(0.5);
        flags |= isAged && world.chance(0.5) ? Flags.WANT_RESULT : 0;
        int ttlMs = isAged ? (int) world.between(1, 3_000) : 0;
        Call c = history.send(from.agent.name, from.incarnation, key, topic, flags, ttlMs, cause, null);
        from.submit(c, draft(c, key, flags, ttlMs, block(c, topic), Payload.of(c.uid)));
    }

    /** A request; the asker may lose patience. Null when it could not be asked. */
    @Nullable
    Call ask(SimProcess from, String to, @Nullable Run cause) {
        StreamKey key = to.equals(GROUP) ? StreamKey.group(to) : StreamKey.agent(to);
        int flags = Flags.REQUEST | Flags.WANT_RESULT;
        Call c = history.send(from.agent.name, from.incarnation, key, null, flags, 0, cause, null);
        return from.submit(c, draft(c, key, flags, 0, block(c, null), Payload.of(c.uid))) ? c : null;
    }

    /** An operator puts a dead letter back, or throws it away. */
    void redriveOne(SimProcess operator, SimDisk disk) {
        List<Long> numbers = disk.deadLetters.numbers();
        if (numbers.isEmpty()) {
            return;
        }
        long no = numbers.get(world.random.nextInt(numbers.size()));
        boolean isDrop = world.chance(0.2);
        disk.deadLetters.buried.stream()
                .filter(d -> d.row().no() == no)
                .forEach(d -> history.redriven(d.uid(), d.row().target()));
        operator.control(isDrop ? "dlq.drop" : "dlq.redrive", Map.of("no", no), reply -> {
            if (Boolean.TRUE.equals(reply.get("ok"))) {
                history.count(isDrop ? "dropped" : "redriven");
            }
        });
    }
}
