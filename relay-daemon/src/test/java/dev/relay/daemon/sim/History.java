package dev.relay.daemon.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What everybody saw, for the check at the end of a run. Messages are known by a number that the sender puts in the payload. */
final class History {
    /** One call of send: from whom (and which incarnation), on which stream, caused by which message (0 for none) in which handler run. */
    record Sent(long uid, String sender, int incarnation, String stream, long causedBy) {}

    final Map<Long, Sent> sent = new LinkedHashMap<>();
    final Set<Long> ok = new HashSet<>();
    final Set<Long> refused = new HashSet<>();
    final Map<Long, Integer> handled = new HashMap<>();
    final Set<Long> dead = new HashSet<>();
    final Map<Long, List<Long>> effects = new HashMap<>();
    private final Map<String, Long> lastFirst = new HashMap<>();
    private final Map<String, Integer> handledBy = new HashMap<>();
    private final Set<String> seenBy = new HashSet<>();
    final List<String> violations = new ArrayList<>();
    private long nextUid = 1;
    private long subscribedFrom = Long.MAX_VALUE;

    long send(String sender, int incarnation, String stream, long causedBy) {
        long uid = nextUid++;
        sent.put(uid, new Sent(uid, sender, incarnation, stream, causedBy));
        if (causedBy != 0) {
            effects.computeIfAbsent(causedBy, k -> new ArrayList<>()).add(uid);
        }
        return uid;
    }

    /** The subscription is confirmed: every publication sent from now on counts. */
    void subscribed() {
        subscribedFrom = Math.min(subscribedFrom, nextUid);
    }

    /** A handler starts: the first time in one process of the recipient, order counts (I10, I11). */
    void started(String recipient, int incarnation, long uid) {
        Sent s = sent.get(uid);
        if (s == null) {
            violations.add("I2 invented uid=" + uid);
            return;
        }
        if (!s.stream.equals("topics") && !s.stream.equals(recipient)) {
            violations.add("I2 wrong recipient uid=" + uid + " recipient=" + recipient);
        }
        if (refused.contains(uid)) {
            violations.add("I2 refused and delivered uid=" + uid);
        }
        if (seenBy.add(recipient + "#" + incarnation + ":" + uid)) {
            String lane = recipient + "#" + incarnation + "<" + s.sender + "/" + s.stream.equals("topics");
            Long last = lastFirst.put(lane, uid);
            if (last != null && last > uid) {
                violations.add("I10 out of order lane=" + lane + " uid=" + uid + " after=" + last);
            }
        }
    }

    void finished(String recipient, int incarnation, long uid) {
        handled.merge(uid, 1, Integer::sum);
        if (handledBy.merge(recipient + "#" + incarnation + ":" + uid, 1, Integer::sum) > 1) {
            violations.add("I8 handled twice by one process uid=" + uid + " recipient=" + recipient);
        }
    }

    private boolean hasFate(long uid) {
        return handled.containsKey(uid) || dead.contains(uid);
    }

    void check() {
        for (Sent s : sent.values()) {
            boolean matters = !s.stream.equals("topics") || s.uid >= subscribedFrom;
            if (ok.contains(s.uid) && matters && !hasFate(s.uid)) {
                violations.add("I1 lost uid=" + s.uid + " " + s);
            }
            if (ok.contains(s.uid) && refused.contains(s.uid)) {
                violations.add("I2 ok and refused uid=" + s.uid);
            }
            checkEffects(s);
        }
    }

    /** R7: once a sender was told ok and its message was handled, what the handler sent is not lost. */
    private void checkEffects(Sent s) {
        List<Long> caused = effects.get(s.uid);
        if (caused == null || !ok.contains(s.uid) || !handled.containsKey(s.uid)) {
            return;
        }
        boolean kept = caused.stream().anyMatch(uid -> hasFate(uid) || refused.contains(uid));
        if (!kept) {
            violations.add("R7 effect lost uid=" + s.uid + " effects=" + caused);
        }
    }
}
