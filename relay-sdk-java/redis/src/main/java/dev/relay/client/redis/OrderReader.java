package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/**
 * Reads the orders of one account as the sidecar knows them. One connection, not thread-safe; connection trouble is
 * thrown as Jedis' own exception, and the next read connects anew.
 */
public final class OrderReader implements AutoCloseable {
    private final RedisLink redis;
    private final String account;

    /** Connects at once, so that a wrong address shows here. */
    public OrderReader(RedisAddress address, String account) {
        this.redis = new RedisLink(address);
        this.account = account;
    }

    /** One order by its client order id; refused with NO_SUCH_ORDER when nothing is known of it. */
    public OrderRecord order(String clientOrderId) {
        Map<String, String> hash = redis.use(link -> Hashes.read(link, "order:" + account + ":" + clientOrderId));
        if (hash.isEmpty()) {
            throw new ReadRefused(Code.NO_SUCH_ORDER, "account=" + account + " clientOrderId=" + clientOrderId);
        }
        return record(clientOrderId, hash);
    }

    /** All open orders. An order that ends between the two reads is left out. */
    public List<OrderRecord> open() {
        return redis.use(this::open);
    }

    private List<OrderRecord> open(Connection link) {
        link.sendCommand(Command.SMEMBERS, "orders:" + account + ":open");
        List<OrderRecord> open = new ArrayList<>();
        for (Object member : (List<?>) link.getOne()) {
            String id = Hashes.text(member);
            Map<String, String> hash = Hashes.read(link, "order:" + account + ":" + id);
            if (!hash.isEmpty()) {
                open.add(record(id, hash));
            }
        }
        return List.copyOf(open);
    }

    private static OrderRecord record(String id, Map<String, String> hash) {
        return new OrderRecord(
                id,
                hash.getOrDefault("venue_order_id", ""),
                hash.getOrDefault("symbol", ""),
                hash.getOrDefault("side", ""),
                hash.getOrDefault("type", ""),
                hash.getOrDefault("state", ""),
                Hashes.decimal(hash, "price"),
                Hashes.decimal(hash, "quantity"),
                Hashes.decimal(hash, "cumulative"),
                Hashes.decimal(hash, "average_price"),
                Map.copyOf(hash));
    }

    @Override
    public void close() {
        redis.close();
    }
}
