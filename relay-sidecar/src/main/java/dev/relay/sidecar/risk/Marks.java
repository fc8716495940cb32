package dev.relay.sidecar.risk;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** The price that a symbol is valued at now. */
public interface Marks {
    /** The middle of a book that may be believed at this moment, else null. Never an old price. */
    @Nullable
    BigDecimal mark(String symbol);
}
