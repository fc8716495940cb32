package dev.relay.protocol;

/** Matching of subscription patterns: {@code *} is one segment, a last {@code >} one or more. Allocates nothing. */
public final class TopicPattern {
    /** Both arguments have passed {@link Names#isPattern} and {@link Names#isTopic}. */
    public static boolean matches(String pattern, String topic) {
        int p = 0;
        int t = 0;
        while (p < pattern.length() && t < topic.length()) {
            if (pattern.charAt(p) == '>') {
                return true;
            }
            int pEnd = endOfSegment(pattern, p);
            int tEnd = endOfSegment(topic, t);
            boolean any = pEnd - p == 1 && pattern.charAt(p) == '*';
            if (!any && !(pEnd - p == tEnd - t && pattern.regionMatches(p, topic, t, pEnd - p))) {
                return false;
            }
            p = pEnd + 1;
            t = tEnd + 1;
        }
        return p >= pattern.length() && t >= topic.length();
    }

    private static int endOfSegment(String s, int from) {
        int dot = s.indexOf('.', from);
        return dot < 0 ? s.length() : dot;
    }

    private TopicPattern() {}
}
