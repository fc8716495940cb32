package dev.relay.exchange.engine;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * Decimals as longs scaled by 10^8. Products are exact without wider integers by splitting into whole and fractional
 * parts; a result that does not fit throws ArithmeticException.
 */
public final class Scaled {
    public static final int DECIMALS = 8;
    public static final long ONE = 100_000_000L;

    private Scaled() {}

    /** a * b, rounded down to 8 decimals. */
    public static long multiply(long a, long b) {
        long aWhole = a / ONE;
        long aPart = a % ONE;
        long bWhole = b / ONE;
        long bPart = b % ONE;
        long whole = Math.multiplyExact(Math.multiplyExact(aWhole, bWhole), ONE);
        long cross = Math.addExact(Math.multiplyExact(aWhole, bPart), Math.multiplyExact(aPart, bWhole));
        return Math.addExact(whole, Math.addExact(cross, aPart * bPart / ONE));
    }

    /** a / b, rounded down to 8 decimals. */
    public static long divide(long a, long b) {
        return BigDecimal.valueOf(a)
                .multiply(BigDecimal.valueOf(ONE))
                .divide(BigDecimal.valueOf(b), 0, RoundingMode.DOWN)
                .longValueExact();
    }

    public static long of(String decimal) {
        return of(new BigDecimal(decimal));
    }

    /** Exact; more than 8 decimals or an overflow throws ArithmeticException. */
    public static long of(BigDecimal decimal) {
        return decimal.movePointRight(DECIMALS).longValueExact();
    }

    public static BigDecimal toDecimal(long scaled) {
        return BigDecimal.valueOf(scaled, DECIMALS);
    }

    /** Without an exponent and without zeros at the end. */
    public static String plain(long scaled) {
        return scaled == 0 ? "0" : toDecimal(scaled).stripTrailingZeros().toPlainString();
    }

    /** Always 8 decimals, as the venue writes them. */
    public static String format(long scaled) {
        StringBuilder text = new StringBuilder(24);
        if (scaled < 0) {
            text.append('-');
        }
        text.append(Math.abs(scaled / ONE)).append('.');
        String part = Long.toString(Math.abs(scaled % ONE));
        return text.append("0".repeat(DECIMALS - part.length())).append(part).toString();
    }
}
