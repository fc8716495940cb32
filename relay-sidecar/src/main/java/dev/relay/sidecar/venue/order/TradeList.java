package dev.relay.sidecar.venue.order;

import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderView;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The trades of an account at a venue that lists those of all orders together, oldest first. What was read is kept, and
 * the next reading goes on behind it, so that a question costs a page, however many orders lack fills. One reading at a
 * time answers everybody who waited when it began; who comes later waits for the next.
 *
 * <p>Thread "orders". Bounded: the newest {@value #MOST_KEPT} trades are kept, a question for older ones reads them again;
 * questions by the orders of this side.
 */
public final class TradeList {
    static final int MOST_KEPT = 5_000;
    /** Trades of one moment may be told apart in time by less than the list can. */
    private static final long OVERLAP_MS = 2_000;
    /** An order's own time is that of another clock. */
    private static final long CREATED_BEFORE_MS = 60_000;

    private final Reading reading;
    private List<Asker> waiting = new ArrayList<>();
    private List<OrderReport> kept = new ArrayList<>();
    private long keptFromMs = Long.MAX_VALUE;
    private boolean isReading;

    private record Asker(long fromMs, Consumer<VenueAnswer> answer) {}

    /** Reads all trades later than {@code fromMs}, oldest first. */
    public interface Reading {
        void read(long fromMs, Consumer<VenueAnswer> answer);
    }

    public TradeList(Reading reading) {
        this.reading = reading;
    }

    /** Those at {@code fromMs} or later, and some before. */
    public void from(long fromMs, Consumer<VenueAnswer> answer) {
        waiting.add(new Asker(fromMs - 1 - OVERLAP_MS, answer));
        next();
    }

    public void of(OrderView order, Consumer<VenueAnswer> answer) {
        waiting.add(new Asker(
                order.createdAtMs() - CREATED_BEFORE_MS,
                all -> answer.accept(VenueAnswer.only(order.venueOrderId(), all))));
        next();
    }

    private void next() {
        if (isReading || waiting.isEmpty()) {
            return;
        }
        List<Asker> asked = waiting;
        waiting = new ArrayList<>();
        isReading = true;
        long eldestMs = asked.stream().mapToLong(Asker::fromMs).min().orElseThrow();
        boolean goesOn = eldestMs >= keptFromMs && !kept.isEmpty();
        long fromMs = goesOn ? atMs(kept.get(kept.size() - 1)) - OVERLAP_MS : eldestMs;
        reading.read(fromMs, told -> {
            isReading = false;
            List<OrderReport> all = told instanceof VenueAnswer.Reported reported
                    ? keep(goesOn ? keptFromMs : eldestMs, fromMs, reported.reports())
                    : List.of();
            asked.forEach(asker ->
                    asker.answer().accept(told instanceof VenueAnswer.Reported ? later(asker.fromMs(), all) : told));
            next();
        });
    }

    /** Returns all that is known, also where not all of it is kept. */
    private List<OrderReport> keep(long allFromMs, long readFromMs, List<OrderReport> read) {
        List<OrderReport> all = new ArrayList<>(kept);
        all.removeIf(report -> atMs(report) <= allFromMs || atMs(report) > readFromMs);
        all.addAll(read);
        boolean areTooMany = all.size() > MOST_KEPT;
        kept = areTooMany ? new ArrayList<>(all.subList(all.size() - MOST_KEPT, all.size())) : all;
        keptFromMs = areTooMany ? atMs(kept.get(0)) : allFromMs;
        return all;
    }

    private static VenueAnswer later(long fromMs, List<OrderReport> all) {
        return new VenueAnswer.Reported(
                all.stream().filter(report -> atMs(report) > fromMs).toList());
    }

    private static long atMs(OrderReport report) {
        Fill fill = report.fill();
        return fill == null ? report.venueAtMs() : fill.atMs();
    }
}
