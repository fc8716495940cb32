package dev.relay.sidecar.redis;

import dev.relay.client.redis.RedisAddress;
import dev.relay.sidecar.venue.MarketFeed;
import java.util.List;
import java.util.stream.Collectors;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** A feed whose books are published, and the names they get. */
public record BookSource(RedisLayout layout, MarketFeed feed) {
    /** @throws RedisRefused LAYOUT_NEEDS_VENUE when several venues would write under the same names */
    static void refuseSharedNames(List<BookSource> sources) {
        for (BookSource source : sources) {
            if (sources.size() > 1 && !source.layout.template().contains("<VENUE>")) {
                throw new RedisRefused(
                        "LAYOUT_NEEDS_VENUE",
                        "with several venues the key template must contain <VENUE>, for example book:<VENUE>:<SYMBOL>,"
                                + " template=" + source.layout.template());
            }
        }
    }

    /** Tells readers where all of them are written, and waits for the answer. */
    static void publishLayout(Connection redis, List<BookSource> sources, RedisAddress address, int depth, long epoch) {
        redis.sendCommand(
                Command.HSET,
                RedisLayout.LAYOUT_KEY,
                "address",
                address.toString(),
                "template",
                sources.get(0).layout.template(),
                "venues",
                sources.stream().map(source -> source.layout.venue()).collect(Collectors.joining(",")),
                "depth",
                Integer.toString(depth),
                "epoch",
                Long.toString(epoch));
        redis.getOne();
    }
}
