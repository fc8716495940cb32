package dev.relay.daemon.state;

import dev.relay.daemon.session.Session;
import dev.relay.protocol.TopicPattern;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * A session that reads conflated topics: a mark for each key whose newest value it has not been given, and at most one batch that it has
 * not finished. Core thread only.
 */
final class LatestReader {
    final Session session;
    final Set<String> patterns = new LinkedHashSet<>();
    /** Topics with marks, the one that waits longest first. */
    final ArrayDeque<LatestTopic> waiting = new ArrayDeque<>();

    private final Map<LatestTopic, BitSet> marks = new HashMap<>();
    /** Where the next batch of a topic begins, so that no key waits behind those that change more often. */
    private final Map<LatestTopic, Integer> cursors = new HashMap<>();
    /** Number of the batch that it works on, 0 for none. */
    long batch;

    long batches;

    LatestReader(Session session) {
        this.session = session;
    }

    boolean reads(LatestTopic topic) {
        return topic.namespace.equals(session.owner().namespace)
                && patterns.stream().anyMatch(pattern -> TopicPattern.matches(pattern, topic.name));
    }

    void mark(LatestTopic topic, LatestTopic.Cell cell) {
        BitSet marked = marks.computeIfAbsent(topic, t -> new BitSet());
        if (marked.isEmpty()) {
            waiting.addLast(topic);
        }
        marked.set(cell.index);
    }

    /** Takes the next marked key of the topic, -1 when there is none. */
    int next(LatestTopic topic) {
        BitSet marked = marks.computeIfAbsent(topic, t -> new BitSet());
        int at = marked.nextSetBit(cursors.getOrDefault(topic, 0));
        at = at < 0 ? marked.nextSetBit(0) : at;
        if (at >= 0) {
            marked.clear(at);
            cursors.put(topic, at + 1);
        }
        return at;
    }

    boolean hasMarks(LatestTopic topic) {
        BitSet marked = marks.get(topic);
        return marked != null && !marked.isEmpty();
    }

    void forget(LatestTopic topic) {
        marks.remove(topic);
        cursors.remove(topic);
        waiting.remove(topic);
    }
}
