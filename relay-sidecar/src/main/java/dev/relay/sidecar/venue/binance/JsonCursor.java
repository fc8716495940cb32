package dev.relay.sidecar.venue.binance;

/**
 * Walks JSON text in a byte array without allocating. Only what the depth and ticker frames need: structure, unsigned
 * integers, plain strings, and skipping of anything. Any departure from JSON's grammar throws {@link BrokenFrame}.
 */
final class JsonCursor {
    /** The frame is not the JSON it should be. It has no stack: it may come often. */
    static final class BrokenFrame extends RuntimeException {
        private static final long serialVersionUID = 1L;

        BrokenFrame() {
            super("malformed JSON", null, false, false);
        }
    }

    private static final int MAX_DEPTH = 64;

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int textFrom;
    private int textTo;

    void reset(byte[] newBytes, int length) {
        bytes = newBytes;
        at = 0;
        end = length;
    }

    int position() {
        return at;
    }

    void position(int newPosition) {
        at = newPosition;
    }

    /** Skips white space and returns the next byte without consuming it; -1 at the end. */
    int peek() {
        while (at < end) {
            int c = bytes[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c;
            }
            at++;
        }
        return -1;
    }

    void expect(char c) {
        if (peek() != c) {
            throw new BrokenFrame();
        }
        at++;
    }

    boolean accept(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    /** A string; its raw bytes are then {@code [textFrom, textTo)}. True if it holds an escape (bytes are not the text). */
    boolean string() {
        expect('"');
        textFrom = at;
        boolean escaped = false;
        while (at < end) {
            int c = bytes[at++];
            if (c == '"') {
                textTo = at - 1;
                return escaped;
            }
            if (c == '\\') {
                escaped = true;
                escape();
            } else if (c >= 0 && c < ' ') {
                throw new BrokenFrame();
            }
        }
        throw new BrokenFrame();
    }

    int textFrom() {
        return textFrom;
    }

    int textTo() {
        return textTo;
    }

    byte[] bytes() {
        return bytes;
    }

    /** The only byte of the last string, or 0 if it is longer or empty. */
    int onlyByte() {
        return textTo - textFrom == 1 ? bytes[textFrom] : 0;
    }

    /** A non-negative integer. */
    long integer() {
        int c = peek();
        int from = at;
        long value = 0;
        while (c >= '0' && c <= '9') {
            if (value > (Long.MAX_VALUE - 9) / 10) {
                throw new BrokenFrame();
            }
            value = value * 10 + (c - '0');
            at++;
            c = at < end ? bytes[at] : -1;
        }
        boolean isInteger = at > from && c != '.' && c != 'e' && c != 'E' && (bytes[from] != '0' || at - from == 1);
        if (!isInteger) {
            throw new BrokenFrame();
        }
        return value;
    }

    void skipValue() {
        skipValue(0);
    }

    private void skipValue(int depth) {
        if (depth > MAX_DEPTH) {
            throw new BrokenFrame();
        }
        int c = peek();
        if (c == '"') {
            string();
        } else if (c == '{') {
            skipObject(depth);
        } else if (c == '[') {
            skipArray(depth);
        } else {
            skipLiteral();
        }
    }

    private void skipObject(int depth) {
        expect('{');
        if (accept('}')) {
            return;
        }
        do {
            string();
            expect(':');
            skipValue(depth + 1);
        } while (accept(','));
        expect('}');
    }

    private void skipArray(int depth) {
        expect('[');
        if (accept(']')) {
            return;
        }
        do {
            skipValue(depth + 1);
        } while (accept(','));
        expect(']');
    }

    private void escape() {
        int c = at < end ? bytes[at++] : -1;
        if (c == 'u') {
            for (int i = 0; i < 4; i++) {
                if (at >= end || Character.digit(bytes[at++], 16) < 0) {
                    throw new BrokenFrame();
                }
            }
        } else if (c < 0 || "\"\\/bfnrt".indexOf(c) < 0) {
            throw new BrokenFrame();
        }
    }

    private void skipLiteral() {
        int c = peek();
        if (c == 't') {
            word("true");
        } else if (c == 'f') {
            word("false");
        } else if (c == 'n') {
            word("null");
        } else {
            number();
        }
    }

    private void word(String word) {
        for (int i = 0; i < word.length(); i++) {
            if (at >= end || bytes[at++] != word.charAt(i)) {
                throw new BrokenFrame();
            }
        }
    }

    private void number() {
        skipOne('-');
        int from = at;
        int whole = digits();
        if (whole > 1 && bytes[from] == '0') {
            throw new BrokenFrame();
        }
        if (skipOne('.')) {
            digits();
        }
        if (skipOne('e') || skipOne('E')) {
            if (!skipOne('+')) {
                skipOne('-');
            }
            digits();
        }
    }

    private boolean skipOne(char c) {
        if (at < end && bytes[at] == c) {
            at++;
            return true;
        }
        return false;
    }

    /** At least one digit; how many. */
    private int digits() {
        int from = at;
        while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
            at++;
        }
        if (at == from) {
            throw new BrokenFrame();
        }
        return at - from;
    }
}
