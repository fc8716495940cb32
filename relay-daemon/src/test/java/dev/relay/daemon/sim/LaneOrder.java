package dev.relay.daemon.sim;

import dev.relay.client.internal.Inbound;
import dev.relay.daemon.sim.Call.Fate;
import dev.relay.daemon.sim.Call.Run;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Judges the order in which handlers see their lanes: I10 over all processes of a name while its store stands, I11 within one: 1,2,3,3,4 and never 3,4,3. */
final class LaneOrder {
    /** What one process sees of one lane, in order. */
    private static final class View {
        Place last = Place.NONE;

        @Nullable
        Inbound heldAt;
        /** It was for a live subscription or never confirmed: it may or may not come again. */
        boolean mayBeGone;
    }

    /** When a call was made. Two processes of one name may have called at the same time, then the younger epoch comes later; another store begins with low epochs. */
    private record Place(long epoch, long uid) {
        static final Place NONE = new Place(0, 0);

        boolean goesBack(Place last) {
            return uid <= last.uid && epoch <= last.epoch;
        }
    }

    private final History history;
    private final Map<String, View> views = new HashMap<>();
    private final Map<String, Place> firstEver = new HashMap<>();

    LaneOrder(History history) {
        this.history = history;
    }

    private View view(SimProcess process, Inbound m) {
        return views.computeIfAbsent(process + "<" + History.lane(m), k -> new View());
    }

    /** A handler starts; {@code recipient} has the lane, the process itself or its partition. */
    void started(SimProcess process, String recipient, Inbound m, Call c, Fate fate) {
        Place place = new Place(m.epoch(), c.uid);
        boolean isPromised = !c.isExcused && (!c.isTopic() || c.expected.contains(recipient));
        if (fate.starts == 0 && isPromised && history.isCurrent(process, m)) {
            checkFirst(recipient, m, c, place);
        }
        View view = view(process, m);
        Inbound held = view.heldAt;
        if (held != null && held.epoch() == m.epoch() && held.seq() == m.seq()) {
            view.heldAt = null;
        } else if (held != null && !view.mayBeGone && !history.isDead(recipient, held)) {
            violation("I11 went past a failed message heldSeq=" + held.seq(), recipient, m, c);
        } else if (place.goesBack(view.last) && !isExcusedRetry(place, view.last, c)) {
            violation("I11 went back after=" + view.last, recipient, m, c);
        } else {
            view.heldAt = null;
        }
        view.last = place.goesBack(view.last) ? view.last : place;
    }

    private void checkFirst(String recipient, Inbound m, Call c, Place place) {
        Place last = firstEver.put(recipient + "<" + History.lifelong(m), place);
        if (last != null && place.goesBack(last)) {
            violation("I10 out of order after=" + last, recipient, m, c);
        }
    }

    private void violation(String what, String recipient, Inbound m, Call c) {
        history.violation(what + " recipient=" + recipient + " lane=" + History.lane(m) + " " + c);
    }

    /** What was sent before the store was replaced has no fate, but may fail and come again. */
    private static boolean isExcusedRetry(Place place, @Nullable Place last, Call c) {
        return c.isExcused && place.equals(last);
    }

    /** The handler failed: this comes next in its lane, if it comes again. */
    void failed(SimProcess process, Inbound m, Run run) {
        View view = view(process, m);
        view.heldAt = m;
        view.mayBeGone = run.call.by == 0 || !run.call.expected.contains(run.recipient);
    }

    /** What was only for a live subscription, or was never confirmed to its sender, need not come again on another connection. */
    void reconnected(String agent, int incarnation) {
        views.forEach((key, view) -> {
            if (key.startsWith(agent + "#" + incarnation + "<") && view.heldAt != null) {
                Call c = history.call(Payload.uidOf(view.heldAt.payload()));
                view.mayBeGone = c != null && (c.by == 0 || !c.expected.contains(agent));
            }
        });
    }

    /** The lanes of a process begin anew: its store was replaced. */
    void forget(String agent, int incarnation) {
        views.keySet().removeIf(k -> k.startsWith(agent + "#" + incarnation + "<"));
    }

    /** What was in it may never come again. */
    void storeReplaced() {
        firstEver.clear();
        views.values().forEach(view -> view.mayBeGone = true);
    }
}
