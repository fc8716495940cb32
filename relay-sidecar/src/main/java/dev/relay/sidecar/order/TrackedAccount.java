package dev.relay.sidecar.order;

import dev.relay.sidecar.risk.Account;
import dev.relay.sidecar.risk.OpenSums;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The account as risk looks at it: the tracker's orders and positions, the venue's newest balances. Thread "orders".
 * Bounded: of more than {@value #MAX_ASSETS} assets the further ones are not kept.
 */
final class TrackedAccount implements Account {
    private static final int MAX_ASSETS = 2_000;

    private final OrderTracker tracker;
    private final VenueOrders venue;
    private final Map<String, Balance> balances = new TreeMap<>();

    TrackedAccount(OrderTracker tracker, VenueOrders venue) {
        this.tracker = tracker;
        this.venue = venue;
    }

    /** Keeps what is not older than what is known, and returns that. */
    List<Balance> keepNewer(Collection<Balance> told) {
        List<Balance> newer = new ArrayList<>();
        for (Balance balance : told) {
            Balance old = balances.get(balance.asset());
            boolean isNewer = old == null ? balances.size() < MAX_ASSETS : balance.venueAtMs() >= old.venueAtMs();
            if (isNewer) {
                balances.put(balance.asset(), balance);
                newer.add(balance);
            }
        }
        return newer;
    }

    @Override
    public OpenSums open(String symbol) {
        return tracker.open(symbol);
    }

    @Override
    public boolean hasOpenOrders() {
        return tracker.openCount() > 0;
    }

    @Override
    public BigDecimal position(String symbol) {
        return tracker.positionQuantity(symbol);
    }

    @Override
    public List<Instrument> instruments() {
        return tracker.instruments();
    }

    @Override
    public Iterable<Balance> balances() {
        return balances.values();
    }

    @Override
    public @Nullable String marginCall() {
        return venue.marginCall();
    }
}
