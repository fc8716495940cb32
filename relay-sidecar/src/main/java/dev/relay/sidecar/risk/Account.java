package dev.relay.sidecar.risk;

import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.OrderView;
import java.math.BigDecimal;
import java.util.List;

/** The account as risk looks at it, on the thread "orders". */
public interface Account {
    /** Orders that have not ended, intents included. */
    List<OrderView> openOrders();

    /** The signed quantity of the fills booked in a symbol. */
    BigDecimal position(String symbol);

    /** Symbols that may be traded, with their assets. */
    List<dev.relay.sidecar.order.Instrument> instruments();

    /** The venue's newest figures; assets it never told are absent. */
    Iterable<Balance> balances();
}
