package dev.relay.sidecar.venue;

/**
 * Walks JSON text in a byte array without allocating. Only what market-data frames need: structure, unsigned integers,
 * plain strings, number literals as text, and skipping of anything. Any departure from JSON's grammar throws {@link BrokenFrame}.
 */
public final class JsonCursor {
    /** The frame is not the JSON it should be. It has no stack: it may come often. */
    public static final class BrokenFrame extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public BrokenFrame() {
            super("malformed JSON", null, false, false);
        }
    }

    private static final int MAX_DEPTH = 64;

    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int textFrom;
    private int textTo;

    public void reset(byte[] newBytes, int length) {
        bytes = newBytes;
        at = 0;
        end = length;
    }

    public int position() {
        return at;
    }

    public void position(int newPosition) {
        at = newPosition;
    }

    /** Skips white space and returns the next byte without consuming it; -1 at the end. */
    public int peek() {
        while (at < end) {
            int c = bytes[at];
            if (c != ' ' && c != '\n' && c != '\r' && c != '\t') {
                return c;
            }
            at++;
        }
        return -1;
    }

    public void expect(char c) {
        if (peek() != c) {
            throw new BrokenFrame();
        }
        at++;
    }

    public boolean accept(char c) {
        if (peek() != c) {
            return false;
        }
        at++;
        return true;
    }

    /** A string; its raw bytes are then {@code [textFrom, textTo)}. True if it holds an escape (bytes are not the text). */
    public boolean string() {
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

    public int textFrom() {
        return textFrom;
    }

    public int textTo() {
        return textTo;
    }

    public byte[] bytes() {
        return bytes;
    }

    /** The only byte of the last string, or 0 if it is longer or empty. */
    public int onlyByte() {
        return textTo - textFrom == 1 ? bytes[textFrom] : 0;
    }

    /** A non-negative integer. */
    public long integer() {
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

    /** Whether the last string is exactly this ASCII text. */
    public boolean textIs(String text) {
        int length = text.length();
        if (textTo - textFrom != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (bytes[textFrom + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Steps into an object and over its first key, which is then the last string; false for an empty one. Every value must
     * be read or skipped before {@link #nextKey}.
     */
    public boolean firstKey() {
        expect('{');
        return !accept('}') && key();
    }

    /** Steps over the next key; false where the object ends. */
    public boolean nextKey() {
        return more('}') && key();
    }

    /** Steps into an array; false for an empty one. */
    public boolean firstItem() {
        expect('[');
        return !accept(']');
    }

    /** True when another item follows; else the array is behind. */
    public boolean nextItem() {
        return more(']');
    }

    private boolean key() {
        string();
        expect(':');
        return true;
    }

    private boolean more(char close) {
        if (accept(',')) {
            return true;
        }
        expect(close);
        return false;
    }

    /** A string or a bare literal; its bytes are then {@code [textFrom, textTo)}, without quotes. */
    public void scalar() {
        if (peek() == '"') {
            string();
        } else {
            textFrom = at;
            skipLiteral();
            textTo = at;
        }
    }

    /** Skips one value and says where it began. */
    public int remember() {
        peek();
        int begin = at;
        skipValue();
        return begin;
    }

    /** Nothing but white space may follow. */
    public void end() {
        if (peek() != -1) {
            throw new BrokenFrame();
        }
    }

    /** An integer that may be negative. */
    public long signedInteger() {
        peek();
        return skipOne('-') ? -integer() : integer();
    }

    /** A non-negative integer, bare or in quotes. */
    public long quotedInteger() {
        if (!accept('"')) {
            return integer();
        }
        long value = integer();
        expect('"');
        return value;
    }

    public void skipValue() {
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
        for (boolean isOpen = firstKey(); isOpen; isOpen = nextKey()) {
            skipValue(depth + 1);
        }
    }

    private void skipArray(int depth) {
        for (boolean isOpen = firstItem(); isOpen; isOpen = nextItem()) {
            skipValue(depth + 1);
        }
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
