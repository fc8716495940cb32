package dev.relay.daemon.routing;

import dev.relay.daemon.session.Interest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The interests of one namespace by the segments of their patterns: a topic's are found in one walk along its segments, however many there are. Adding and removing
 * one costs its segments. Each first segment has a stamp that changes with the interests below it, and those that begin with a wildcard have one of their own; so what was found is known
 * to hold while its two stamps do. Core thread only; bounded by the interests, empty branches go.
 */
final class TopicTrie {
    private static final class Node {
        @Nullable
        Map<String, Node> children;

        @Nullable
        Node any;

        @Nullable
        List<Interest> here;

        @Nullable
        List<Interest> rest;

        long stamp;

        boolean isEmpty() {
            return (children == null || children.isEmpty()) && any == null && isNone(here) && isNone(rest);
        }

        private static boolean isNone(@Nullable List<Interest> list) {
            return list == null || list.isEmpty();
        }
    }

    private final Node root = new Node();
    private long changes;

    /** Changes with every interest. */
    long changes() {
        return changes;
    }

    /** Changes with the interests that begin with a wildcard. */
    long wildStamp() {
        return root.stamp;
    }

    /** Changes with the interests that begin with this segment; 0 when there are none. */
    long stampOf(String firstSegment) {
        Node node = root.children == null ? null : root.children.get(firstSegment);
        return node == null ? 0 : node.stamp;
    }

    void add(Interest interest) {
        Node node = root;
        int from = 0;
        List<Interest> list = null;
        while (list == null) {
            int to = endOfSegment(interest.pattern, from);
            if (isSegment(interest.pattern, from, to, '>')) {
                node.rest = list = node.rest == null ? new ArrayList<>(1) : node.rest;
            } else {
                node = child(node, interest.pattern, from, to);
                if (to == interest.pattern.length()) {
                    node.here = list = node.here == null ? new ArrayList<>(1) : node.here;
                }
            }
            from = to + 1;
        }
        interest.place = list.size();
        list.add(interest);
        stamp(interest.pattern);
    }

    private static Node child(Node node, String pattern, int from, int to) {
        if (isSegment(pattern, from, to, '*')) {
            node.any = node.any == null ? new Node() : node.any;
            return node.any;
        }
        node.children = node.children == null ? new HashMap<>(2) : node.children;
        return node.children.computeIfAbsent(pattern.substring(from, to), segment -> new Node());
    }

    private static boolean isSegment(String pattern, int from, int to, char wildcard) {
        return to - from == 1 && pattern.charAt(from) == wildcard;
    }

    private static int endOfSegment(String s, int from) {
        int dot = s.indexOf('.', from);
        return dot < 0 ? s.length() : dot;
    }

    /** Its interests have changed, or the filter of one. */
    void stamp(String pattern) {
        changes++;
        String first = pattern.substring(0, endOfSegment(pattern, 0));
        boolean isWild = first.equals("*") || first.equals(">");
        Node node = isWild || root.children == null ? root : root.children.get(first);
        if (node != null) {
            node.stamp = changes;
        }
    }

    void remove(Interest interest) {
        remove(root, interest, 0);
        stamp(interest.pattern);
    }

    private void remove(Node node, Interest interest, int from) {
        String pattern = interest.pattern;
        int to = endOfSegment(pattern, from);
        if (isSegment(pattern, from, to, '>')) {
            take(node.rest, interest);
            return;
        }
        boolean isAny = isSegment(pattern, from, to, '*');
        Map<String, Node> children = node.children;
        String segment = pattern.substring(from, to);
        Node child = isAny ? node.any : children == null ? null : children.get(segment);
        if (child == null) {
            return;
        }
        if (to == pattern.length()) {
            take(child.here, interest);
        } else {
            remove(child, interest, to + 1);
        }
        if (child.isEmpty() && isAny) {
            node.any = null;
        } else if (child.isEmpty() && children != null) {
            children.remove(segment);
        }
    }

    /** The last one takes its place. */
    private static void take(@Nullable List<Interest> list, Interest interest) {
        if (list == null || interest.place >= list.size() || list.get(interest.place) != interest) {
            throw new IllegalStateException("interest is not in its place: pattern=" + interest.pattern);
        }
        Interest last = list.remove(list.size() - 1);
        if (last != interest) {
            last.place = interest.place;
            list.set(last.place, last);
        }
    }

    /** Gives every interest that matches a legal topic. */
    void collect(String topic, Consumer<Interest> found) {
        collect(root, topic, 0, found);
    }

    private static void collect(Node node, String topic, int from, Consumer<Interest> found) {
        if (from > topic.length()) {
            give(node.here, found);
            return;
        }
        give(node.rest, found);
        int to = endOfSegment(topic, from);
        if (node.any != null) {
            collect(node.any, topic, to + 1, found);
        }
        Node child = node.children == null ? null : node.children.get(topic.substring(from, to));
        if (child != null) {
            collect(child, topic, to + 1, found);
        }
    }

    private static void give(@Nullable List<Interest> interests, Consumer<Interest> found) {
        if (interests != null) {
            interests.forEach(found);
        }
    }
}
