package dev.relay.sidecar.replay;

import dev.relay.client.redis.RedisAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * The least that writing a burst can cost: for every frame one variadic ZREM and one variadic ZADD a side, arguments made
 * beforehand, no script, no guard, no description, a deep pipeline. Caller's thread.
 */
final class WriteFloor {
    private static final int PIPELINE = 100;
    private static final int REPLY_TIMEOUT_MS = 10_000;

    /** One command. */
    private record Call(Command command, byte[][] arguments) {}

    private WriteFloor() {}

    /** Changed levels per second. */
    static double measure(BurstProfile profile, RedisAddress address) {
        List<Call> calls = calls(profile);
        try (Connection redis = address.connect(REPLY_TIMEOUT_MS)) {
            long startedNs = System.nanoTime();
            int waiting = 0;
            for (Call call : calls) {
                redis.sendCommand(call.command(), call.arguments());
                if (++waiting == 4 * PIPELINE) {
                    redis.getMany(waiting);
                    waiting = 0;
                }
            }
            redis.getMany(waiting);
            return profile.levels() * 1e9 / (System.nanoTime() - startedNs);
        }
    }

    private static List<Call> calls(BurstProfile profile) {
        List<Call> calls = new ArrayList<>();
        List<BurstBook> books = BurstScript.books(profile);
        BurstScript.each(profile, books, (book, firstId, atNs) -> {
            side(calls, book, true);
            side(calls, book, false);
        });
        return calls;
    }

    private static void side(List<Call> calls, BurstBook book, boolean isBid) {
        byte[] key = bytes("floor:" + book.symbol + (isBid ? ":bids" : ":asks"));
        List<byte[]> out = new ArrayList<>(List.of(key));
        List<byte[]> in = new ArrayList<>(List.of(key));
        book.eachChange(change -> {
            if (change.isBid() == isBid && change.before() != 0) {
                out.add(bytes(member(change.price(), change.before())));
            }
            if (change.isBid() == isBid && change.now() != 0) {
                in.add(bytes(decimal(change.price(), 100)));
                in.add(bytes(member(change.price(), change.now())));
            }
        });
        if (out.size() > 1) {
            calls.add(new Call(Command.ZREM, out.toArray(new byte[0][])));
        }
        if (in.size() > 1) {
            calls.add(new Call(Command.ZADD, in.toArray(new byte[0][])));
        }
    }

    private static String member(long price, long quantity) {
        return decimal(price, 100) + ":" + decimal(quantity, 1_000);
    }

    private static String decimal(long value, int unit) {
        StringBuilder out = new StringBuilder();
        BurstBook.decimal(out, value, unit);
        return out.toString();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
