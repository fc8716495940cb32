package dev.relay.exchange.api;

/**
 * The venue's limits as announced in exchangeInfo.
 *
 * @param banAfterCount refused requests within one minute after which the address is banned (418)
 */
public record LimitsConfig(
        int weightPerMinute,
        int ordersPer10s,
        int ordersPerDay,
        int connectsPer5m,
        int streamMessagesPerSecond,
        int streamsPerConnection,
        int banAfterCount) {

    public static final LimitsConfig BINANCE = new LimitsConfig(6000, 50, 160_000, 300, 5, 1024, 10);

    public LimitsConfig {
        if (weightPerMinute < 1
                || ordersPer10s < 1
                || ordersPerDay < 1
                || connectsPer5m < 1
                || streamMessagesPerSecond < 1
                || streamsPerConnection < 1
                || banAfterCount < 1) {
            throw new IllegalArgumentException("every limit must be at least 1");
        }
    }
}
