package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/**
 * What the account is worth in one asset: each balance, locked part included, times the mark of the pair that joins the two. An asset without a configured pair
 * counts nothing, which can only make the limits tighter. A configured pair without a believable price makes the whole figure unknown. Stateless.
 */
final class Equity {
    private Equity() {}

    /** Null while it cannot be known. */
    static @Nullable BigDecimal of(Account account, Marks marks, String asset) {
        if (!account.balances().iterator().hasNext()) {
            return null; // the venue has told nothing yet: that is not an empty account
        }
        BigDecimal sum = BigDecimal.ZERO;
        for (Balance balance : account.balances()) {
            BigDecimal amount = balance.free().add(balance.locked());
            if (amount.signum() == 0) {
                continue;
            }
            if (balance.asset().equals(asset)) {
                sum = sum.add(amount);
                continue;
            }
            Instrument pair = pair(account, balance.asset(), asset);
            if (pair == null) {
                continue;
            }
            BigDecimal mark = marks.mark(pair.symbol());
            if (mark == null) {
                return null;
            }
            sum = sum.add(amount.multiply(mark));
        }
        return sum;
    }

    private static @Nullable Instrument pair(Account account, String base, String quote) {
        for (Instrument instrument : account.instruments()) {
            if (instrument.base().equals(base) && instrument.quote().equals(quote)) {
                return instrument;
            }
        }
        return null;
    }
}
