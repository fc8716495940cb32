package dev.relay.protocol;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A recursive-descent parser over one text; depth is bounded, so hostile input cannot overflow the stack. Used once, by one thread. */
final class JsonReader {
    private static final int MAX_NUMBER_CHARS = 80;
    private static final int MAX_EXPONENT = 1_000;

    private final String text;
    /** Other languages read what is no whole number as a double: it has to be one. */
    private final boolean isForDoubles;

    private int at;
    private int depth;

    JsonReader(String text, boolean isForDoubles) {
        this.text = text;
        this.isForDoubles = isForDoubles;
    }

    @Nullable
    Object document() {
        Object value = value();
        space();
        if (at < text.length()) {
            throw error("unexpected text behind the value");
        }
        return value;
    }

    private @Nullable Object value() {
        space();
        char c = peek();
        return switch (c) {
            case '{' -> nested(true);
            case '[' -> nested(false);
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Object nested(boolean isObject) {
        if (++depth > Limits.MAX_JSON_DEPTH) {
            throw error("deeper than " + Limits.MAX_JSON_DEPTH);
        }
        at++;
        Object value = isObject ? object() : array();
        depth--;
        return value;
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> map = new LinkedHashMap<>();
        space();
        if (take('}')) {
            return map;
        }
        do {
            space();
            String key = string();
            space();
            expect(':');
            Object value = value();
            if (map.containsKey(key)) {
                throw error("duplicate key");
            }
            map.put(key, value);
            space();
        } while (take(','));
        expect('}');
        return map;
    }

    private List<@Nullable Object> array() {
        List<@Nullable Object> list = new ArrayList<>();
        space();
        if (take(']')) {
            return list;
        }
        do {
            list.add(value());
            space();
        } while (take(','));
        expect(']');
        return list;
    }

    private String string() {
        expect('"');
        int start = at;
        while (peek() != '"' && peek() != '\\' && peek() >= 0x20) {
            at++;
        }
        if (take('"')) {
            return text.substring(start, at - 1);
        }
        StringBuilder out = new StringBuilder(text.substring(start, at));
        while (!take('"')) {
            out.append(take('\\') ? escape() : plain());
        }
        return out.toString();
    }

    private char plain() {
        char c = peek();
        if (c < 0x20) {
            throw error("control character in a string");
        }
        at++;
        return c;
    }

    private char escape() {
        char c = peek();
        at++;
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw error("unknown escape");
        };
    }

    private char unicode() {
        int code = 0;
        for (int i = 0; i < 4; i++, at++) {
            int digit = Character.digit(peek(), 16);
            if (digit < 0 || peek() > 'f') {
                throw error("bad unicode escape");
            }
            code = code << 4 | digit;
        }
        return (char) code;
    }

    private Number number() {
        int start = at;
        take('-');
        int first = at;
        int whole = digits();
        if (whole == 0 || (whole > 1 && text.charAt(first) == '0')) {
            throw error("unexpected character");
        }
        boolean isWhole = true;
        if (take('.')) {
            isWhole = false;
            requireDigits();
        }
        if (at < text.length() && (text.charAt(at) | 0x20) == 'e') {
            at++;
            isWhole = false;
            if (!take('+')) {
                take('-');
            }
            requireDigits();
        }
        return toNumber(text.substring(start, at), isWhole);
    }

    private Number toNumber(String literal, boolean isWhole) {
        if (literal.length() > MAX_NUMBER_CHARS) {
            throw error("number too long");
        }
        BigDecimal decimal = decimal(literal);
        return isWhole && decimal.precision() <= 18 ? (Number) decimal.longValueExact() : exact(decimal, isWhole);
    }

    private BigDecimal decimal(String literal) {
        try {
            return new BigDecimal(literal);
        } catch (NumberFormatException e) {
            throw error("exponent out of range");
        }
    }

    private Number exact(BigDecimal decimal, boolean isWhole) {
        if (Math.abs((long) decimal.scale()) > MAX_EXPONENT || (isForDoubles && isBeyondDouble(decimal))) {
            throw error("exponent out of range");
        }
        boolean fitsLong = isWhole && decimal.toBigInteger().bitLength() < Long.SIZE;
        return fitsLong ? (Number) decimal.longValueExact() : decimal;
    }

    private static boolean isBeyondDouble(BigDecimal decimal) {
        return decimal.precision() - (long) decimal.scale() > Double.MAX_EXPONENT * 3L / 10
                && Double.isInfinite(decimal.doubleValue());
    }

    private int digits() {
        int start = at;
        while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
            at++;
        }
        return at - start;
    }

    private void requireDigits() {
        if (digits() == 0) {
            throw error("digit expected");
        }
    }

    private @Nullable Object word(String word, @Nullable Object value) {
        if (!text.startsWith(word, at)) {
            throw error("unexpected character");
        }
        at += word.length();
        return value;
    }

    private void space() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at >= text.length()) {
            throw error("unexpected end");
        }
        return text.charAt(at);
    }

    private boolean take(char c) {
        boolean isThere = at < text.length() && text.charAt(at) == c;
        at += isThere ? 1 : 0;
        return isThere;
    }

    private void expect(char c) {
        if (!take(c)) {
            throw error("expected " + c);
        }
    }

    private JsonException error(String why) {
        return new JsonException("bad JSON: " + why + " at=" + at);
    }
}
