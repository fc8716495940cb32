package dev.relay.protocol;

import org.jspecify.annotations.Nullable;

/** The naming rules of section 8: checked by hand so that hostile input costs one pass and no allocation. */
public final class Names {
    /** Agents and groups: {@code [a-z0-9][a-z0-9._-]{0,63}}. */
    public static boolean isName(@Nullable String s) {
        if (s == null || s.isEmpty() || s.length() > Limits.MAX_NAME_BYTES || !isLowerOrDigit(s.charAt(0))) {
            return false;
        }
        for (int i = 1; i < s.length(); i++) {
            char c = s.charAt(i);
            if (!isLowerOrDigit(c) && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    /** A topic that can be published on: no wildcard. */
    public static boolean isTopic(@Nullable String s) {
        return isDotted(s, false);
    }

    /** A topic, or one with {@code *} segments or a last {@code >}. */
    public static boolean isPattern(@Nullable String s) {
        return isDotted(s, true);
    }

    /** A message kind: 1 to 64 bytes without control characters. */
    public static boolean isKind(@Nullable String s) {
        return s != null
                && !s.isEmpty()
                && s.length() <= Limits.MAX_NAME_BYTES
                && s.chars().noneMatch(Character::isISOControl);
    }

    private static boolean isDotted(@Nullable String s, boolean wildcards) {
        if (s == null || s.isEmpty() || s.length() > Limits.MAX_TOPIC_SEGMENTS * (Limits.MAX_NAME_BYTES + 1)) {
            return false;
        }
        int segments = 1;
        int start = 0;
        for (int i = 0; i <= s.length(); i++) {
            if (i == s.length() || s.charAt(i) == '.') {
                if (!isSegment(s, start, i, wildcards)) {
                    return false;
                }
                segments += i < s.length() ? 1 : 0;
                start = i + 1;
            }
        }
        return segments <= Limits.MAX_TOPIC_SEGMENTS;
    }

    private static boolean isSegment(String s, int from, int to, boolean wildcards) {
        if (wildcards && to - from == 1 && (s.charAt(from) == '*' || (s.charAt(from) == '>' && to == s.length()))) {
            return true;
        }
        if (to == from || to - from > Limits.MAX_NAME_BYTES) {
            return false;
        }
        for (int i = from; i < to; i++) {
            char c = s.charAt(i);
            if (!isLowerOrDigit(c) && !(c >= 'A' && c <= 'Z') && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }

    private static boolean isLowerOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private Names() {}
}
