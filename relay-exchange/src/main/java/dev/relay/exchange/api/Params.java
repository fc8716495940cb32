package dev.relay.exchange.api;

import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.Refusal;
import java.math.BigDecimal;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of one request as text, with typed reads that refuse in the venue's words. */
public record Params(Map<String, String> values) {

    public @Nullable String optional(String name) {
        return values.get(name);
    }

    public String text(String name) {
        String value = values.get(name);
        if (value == null || value.isEmpty()) {
            throw new Refusal(
                    ErrorCode.MANDATORY_PARAM,
                    "Mandatory parameter '" + name + "' was not sent, was empty/null, or malformed.");
        }
        return value;
    }

    public String textOr(String name, String fallback) {
        String value = values.get(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    public long number(String name) {
        return parseLong(name, text(name));
    }

    public long numberOr(String name, long fallback) {
        String value = values.get(name);
        return value == null ? fallback : parseLong(name, value);
    }

    /** A limit between 1 and max; more is cut to max, as the venue does. */
    public int limit(int fallback, int max) {
        long limit = numberOr("limit", fallback);
        if (limit < 1) {
            throw new Refusal(ErrorCode.INVALID_PARAM, "Data sent for parameter 'limit' is not valid.");
        }
        return (int) Math.min(limit, max);
    }

    /** Scaled by 10^8. */
    public long decimal(String name) {
        String value = text(name);
        try {
            BigDecimal decimal = new BigDecimal(value);
            if (decimal.stripTrailingZeros().scale() > Scaled.DECIMALS) {
                throw new Refusal(ErrorCode.BAD_PRECISION, "Parameter '" + name + "' has too much precision.");
            }
            return positive(name, Scaled.of(decimal));
        } catch (NumberFormatException notANumber) {
            throw malformed(name);
        } catch (ArithmeticException tooLarge) {
            throw new Refusal(ErrorCode.INVALID_PARAM, "Data sent for parameter '" + name + "' is not valid.");
        }
    }

    public <E extends Enum<E>> E choice(String name, Class<E> type, ErrorCode code, String refusal) {
        String value = text(name);
        for (E constant : type.getEnumConstants()) {
            if (constant.name().equals(value)) {
                return constant;
            }
        }
        throw new Refusal(code, refusal);
    }

    private static long positive(String name, long scaled) {
        if (scaled <= 0) {
            throw malformed(name);
        }
        return scaled;
    }

    private static long parseLong(String name, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException notANumber) {
            throw malformed(name);
        }
    }

    private static Refusal malformed(String name) {
        return new Refusal(ErrorCode.ILLEGAL_CHARS, "Illegal characters found in parameter '" + name + "'.");
    }
}
