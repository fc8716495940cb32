package dev.relay.sidecar.book;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;

/**
 * Exact conversion between decimal text and a long counting units of 10^-decimals. Immutable, any thread.
 *
 * <p>Nothing is ever rounded: text with non-zero digits beyond the scale, an overflow or anything that is not a plain
 * unsigned decimal gives {@link #FAULT}, and the caller resynchronises or refuses the symbol.
 */
public record Scale(int decimals) {
    /** Not a number of this scale. */
    public static final long FAULT = Long.MIN_VALUE;

    public static final int MAX_DECIMALS = 18;
    /** Longest text {@link #write} produces: 19 digits, a point, a leading zero. */
    public static final int MAX_TEXT_BYTES = 21;

    private static final long OVERFLOW_GUARD = (Long.MAX_VALUE - 9) / 10;

    public Scale {
        if (decimals < 0 || decimals > MAX_DECIMALS) {
            throw new IllegalArgumentException("decimals must be 0.." + MAX_DECIMALS + ", decimals=" + decimals);
        }
    }

    /** The scale that holds every multiple of {@code step}, for example a tick size "0.00010000" gives 4. */
    public static Scale ofStep(String step) {
        return new Scale(Math.max(0, new BigDecimal(step).stripTrailingZeros().scale()));
    }

    public long parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return parse(bytes, 0, bytes.length);
    }

    /** The value of the plain decimal in {@code [from, to)}, or {@link #FAULT}. */
    public long parse(byte[] bytes, int from, int to) {
        long value = 0;
        int fraction = -1;
        int digits = 0;
        for (int i = from; i < to; i++) {
            int c = bytes[i];
            if (c == '.' && fraction < 0) {
                fraction = 0;
                continue;
            }
            int digit = c - '0';
            if (digit < 0 || digit > 9) {
                return FAULT;
            }
            digits++;
            if (fraction >= decimals) {
                if (digit != 0) {
                    return FAULT;
                }
                continue;
            }
            if (value > OVERFLOW_GUARD) {
                return FAULT;
            }
            value = value * 10 + digit;
            fraction += fraction >= 0 ? 1 : 0;
        }
        return digits == 0 ? FAULT : pad(value, decimals - Math.max(0, fraction));
    }

    /** As {@link #parse}, for JSON number literals: an exponent is allowed too. */
    public long parseNumber(byte[] bytes, int from, int to) {
        int mark = from;
        while (mark < to && (bytes[mark] | 0x20) != 'e') {
            mark++;
        }
        return mark == to ? parse(bytes, from, to) : parseExponent(bytes, from, mark, to);
    }

    private long parseExponent(byte[] bytes, int from, int mark, int to) {
        long digits = 0;
        int fraction = 0;
        boolean isFraction = false;
        for (int i = from; i < mark; i++) {
            int digit = bytes[i] - '0';
            if (bytes[i] == '.' && !isFraction) {
                isFraction = true;
            } else if (digit < 0 || digit > 9 || digits > OVERFLOW_GUARD) {
                return FAULT;
            } else {
                digits = digits * 10 + digit;
                fraction += isFraction ? 1 : 0;
            }
        }
        int sign = bytes[Math.min(mark + 1, to - 1)];
        int at = mark + (sign == '-' || sign == '+' ? 2 : 1);
        int exponent = 0;
        for (int i = at; i < to; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9 || exponent > 1_000) {
                return FAULT;
            }
            exponent = exponent * 10 + digit;
        }
        return mark == from || at >= to
                ? FAULT
                : shift(digits, decimals - fraction + (sign == '-' ? -exponent : exponent));
    }

    private static long shift(long digits, int places) {
        if (digits == 0) {
            return 0;
        }
        long value = digits;
        for (int i = places; i < 0; i++) {
            if (value % 10 != 0) {
                return FAULT;
            }
            value /= 10;
        }
        return pad(value, Math.max(0, places));
    }

    private static long pad(long value, int zeros) {
        long padded = value;
        for (int i = 0; i < zeros; i++) {
            if (padded > OVERFLOW_GUARD) {
                return FAULT;
            }
            padded *= 10;
        }
        return padded;
    }

    /** Writes {@code value >= 0} as plain decimal without trailing zeros at {@code at}; returns the end. */
    public int write(long value, byte[] out, int at) {
        long rest = value;
        int left = decimals;
        while (left > 0 && rest % 10 == 0) {
            rest /= 10;
            left--;
        }
        int length = Math.max(digitCount(rest), left + 1) + (left > 0 ? 1 : 0);
        int i = at + length - 1;
        for (int written = 0; i >= at; written++) {
            if (left > 0 && written == left) {
                out[i--] = '.';
            }
            out[i--] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return at + length;
    }

    public String text(long value) {
        byte[] out = new byte[MAX_TEXT_BYTES];
        return new String(out, 0, write(value, out, 0), StandardCharsets.US_ASCII);
    }

    private static int digitCount(long value) {
        int count = 1;
        for (long rest = value; rest >= 10; rest /= 10) {
            count++;
        }
        return count;
    }
}
