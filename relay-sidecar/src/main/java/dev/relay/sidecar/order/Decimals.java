package dev.relay.sidecar.order;

import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/** Exact decimal text: plain, no exponent, no trailing zeros. */
public final class Decimals {
    private static final int MAX_TEXT = 40;

    private Decimals() {}

    public static String text(BigDecimal value) {
        if (value.signum() == 0) {
            return "0";
        }
        return value.stripTrailingZeros().toPlainString();
    }

    public static String textOrEmpty(@Nullable BigDecimal value) {
        return value == null ? "" : text(value);
    }

    public static @Nullable BigDecimal parseOrNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : new BigDecimal(text);
    }

    /** Strict form for requests: digits and at most one point, at most 40 characters. Null when it is not that. */
    public static @Nullable BigDecimal parseStrict(String text) {
        if (text.isEmpty() || text.length() > MAX_TEXT || !text.matches("[0-9]+(\\.[0-9]+)?")) {
            return null;
        }
        return new BigDecimal(text);
    }
}
