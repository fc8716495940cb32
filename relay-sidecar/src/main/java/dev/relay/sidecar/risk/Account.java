package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The account as risk looks at it, on the thread "orders". */
public interface Account {
    /** What the orders of a symbol that have not ended, intents included, still ask for. */
    OpenSums open(String symbol);

    boolean hasOpenOrders();

    /** The signed quantity of the fills booked in a symbol. */
    BigDecimal position(String symbol);

    /** Symbols that may be traded, with their assets. */
    List<Instrument> instruments();

    /** The venue's newest figures; assets it never told are absent. */
    Iterable<Balance> balances();

    /** The figures by which the venue may sell what the account holds; null: it does not. */
    @Nullable
    String marginCall();
}
