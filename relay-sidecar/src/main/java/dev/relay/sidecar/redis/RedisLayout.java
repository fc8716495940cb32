package dev.relay.sidecar.redis;

/**
 * Names of the keys of one venue.
 *
 * @param template key of a book without its last part; must contain {@code <SYMBOL>}
 */
public record RedisLayout(String venue, String template) {
    public static final String DEFAULT_TEMPLATE = "book:<SYMBOL>";
    /** HASH in which the sidecar publishes where it writes. */
    public static final String LAYOUT_KEY = "relay:layout";

    public RedisLayout {
        if (!template.contains("<SYMBOL>")) {
            throw new IllegalArgumentException("key template must contain <SYMBOL>, template=" + template);
        }
    }

    public String base(String symbol) {
        return template.replace("<VENUE>", venue).replace("<SYMBOL>", symbol);
    }

    public String bids(String symbol) {
        return base(symbol) + ":bids";
    }

    public String asks(String symbol) {
        return base(symbol) + ":asks";
    }

    public String meta(String symbol) {
        return base(symbol) + ":meta";
    }

    public String top(String symbol) {
        return base(symbol) + ":top";
    }

    /** HASH of the venue's newest best bid and ask. */
    public String ticker(String symbol) {
        return base(symbol) + ":ticker";
    }

    /** STREAM of the newest public trades. */
    public String trades(String symbol) {
        return base(symbol) + ":trades";
    }

    public String alive() {
        return "sidecar:alive:" + venue;
    }
}
