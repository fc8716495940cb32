package dev.relay.client.redis;

import dev.relay.client.redis.ReadRefused.Code;
import java.math.BigDecimal;
import java.util.Map;

/**
 * Reads positions and balances of one account. One connection, not thread-safe; connection trouble is thrown as Jedis'
 * own exception, and the next read connects anew.
 */
public final class PositionReader implements AutoCloseable {
    private final RedisLink redis;
    private final String account;

    /** Connects at once, so that a wrong address shows here. */
    public PositionReader(RedisAddress address, String account) {
        this.redis = new RedisLink(address);
        this.account = account;
    }

    /** Refused with NO_SUCH_POSITION when the account never traded the symbol. */
    public PositionRecord position(String symbol) {
        Map<String, String> hash = redis.use(link -> Hashes.read(link, "position:" + account + ":" + symbol));
        if (hash.isEmpty()) {
            throw new ReadRefused(Code.NO_SUCH_POSITION, "account=" + account + " symbol=" + symbol);
        }
        return new PositionRecord(
                symbol,
                Hashes.decimal(hash, "quantity"),
                Hashes.decimal(hash, "average_cost"),
                Hashes.decimal(hash, "realised_pnl"),
                Hashes.amounts(hash, "fee:"),
                Map.copyOf(hash));
    }

    /** The venue's own statement; zeros when it has made none for this asset. */
    public BalanceRecord balance(String asset) {
        Map<String, String> hash = redis.use(link -> Hashes.read(link, "balance:" + account + ":" + asset));
        return new BalanceRecord(asset, Hashes.decimal(hash, "free"), Hashes.decimal(hash, "locked"));
    }

    /** One asset's balance. */
    public record BalanceRecord(String asset, BigDecimal free, BigDecimal locked) {}

    /**
     * One position.
     *
     * @param quantity signed: fills minus commission paid in the base asset
     * @param fees paid so far, per asset
     * @param fields every field of the record as text
     */
    public record PositionRecord(
            String symbol,
            BigDecimal quantity,
            BigDecimal averageCost,
            BigDecimal realisedPnl,
            Map<String, BigDecimal> fees,
            Map<String, String> fields) {}

    @Override
    public void close() {
        redis.close();
    }
}
