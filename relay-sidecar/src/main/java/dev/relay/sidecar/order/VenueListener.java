package dev.relay.sidecar.order;

import java.math.BigDecimal;
import java.util.List;

/** What a venue tells unasked, on the thread "orders". */
public interface VenueListener {
    /** The user data stream is subscribed; what happened before it must be asked for. */
    void onConnected();

    /** From here on events may be missed. */
    void onDisconnected(String reason);

    void onReport(OrderReport report);

    void onBalances(List<Balance> balances);

    /** A deposit, or with a negative amount a withdrawal, that no order caused. */
    void onTransfer(String asset, BigDecimal amount);
}
