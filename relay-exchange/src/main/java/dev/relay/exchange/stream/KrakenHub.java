package dev.relay.exchange.stream;

import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Faults;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Market;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who listens to Kraken's channels. Exchange loop only; bounded by the server's connections. */
public final class KrakenHub {
    private final ExchangeClock clock;
    private final Faults faults;
    private final Map<String, Market> markets = new LinkedHashMap<>();
    private final Set<KrakenSession> sessions = new LinkedHashSet<>();

    public KrakenHub(ExchangeClock clock, Faults faults, Collection<Market> all) {
        this.clock = clock;
        this.faults = faults;
        all.forEach(market -> markets.put(KrakenWindow.symbol(market), market));
    }

    public SocketSession open(Outlet outlet) {
        return new KrakenSession(this, outlet);
    }

    void add(KrakenSession session) {
        sessions.add(session);
    }

    void remove(KrakenSession session) {
        sessions.remove(session);
    }

    @Nullable
    Market market(String symbol) {
        return markets.get(symbol);
    }

    Collection<Market> markets() {
        return markets.values();
    }

    String time() {
        return Instant.ofEpochMilli(clock.nowMs()).toString();
    }

    /** Name under which faults of a market's Kraken stream wait. */
    public static String faultKey(Market market) {
        return "kraken:" + market.symbol();
    }

    /** To be called every 100 ms. */
    public void flush() {
        for (Market market : markets.values()) {
            boolean isHeard = sessions.stream().anyMatch(session -> session.hasChanges(market));
            DepthFault fault = isHeard ? faults.takeDepth(faultKey(market)) : null;
            boolean spoil = isHeard && faults.takeBadChecksum(market.symbol());
            List.copyOf(sessions).forEach(session -> session.flush(market, fault, spoil));
        }
    }

    /** Fault: those who listen now hear nothing any more. */
    public void muteAll() {
        sessions.clear();
    }

    /** Fault: those who listen now hear no more of this market. */
    public void mute(Market market) {
        sessions.forEach(session -> session.forget(market));
    }

    /** To be called every second. */
    public void heartbeat() {
        List.copyOf(sessions).forEach(KrakenSession::heartbeat);
    }
}
