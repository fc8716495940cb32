package dev.relay.sidecar.order;

import java.util.List;

/** The outcome of one request to a venue. */
public sealed interface VenueAnswer {
    /** This venue has no such request. */
    VenueAnswer UNSUPPORTED = new NotSent("UNSUPPORTED", "the venue has no such request");

    /** The venue did it, or told what was asked; fills that came along included. */
    record Reported(List<OrderReport> reports) implements VenueAnswer {}

    /** A part of a list; {@code next} names the part behind it and is empty for the last one. */
    record Page(List<OrderReport> reports, String next) implements VenueAnswer {}

    /** A replace of which only the first half was done: the old order is cancelled, the new one was refused. */
    record Replaced(List<OrderReport> reports, String code, String reason) implements VenueAnswer {}

    /** Of a list, what is about one order. */
    static VenueAnswer only(String venueOrderId, VenueAnswer answer) {
        return answer instanceof Reported reported
                ? new Reported(reported.reports().stream()
                        .filter(report -> report.venueOrderId().equals(venueOrderId))
                        .toList())
                : answer;
    }

    /** The account's balances. */
    record Balances(List<Balance> balances) implements VenueAnswer {}

    /** The venue said no, for certain. */
    record Refused(String code, String reason) implements VenueAnswer {}

    /** The venue does not know the order, asked when its clock showed at least {@code serverAtMs}. */
    record NotFound(long serverAtMs) implements VenueAnswer {}

    /** Written, and no certain answer: timeout, 5xx, connection lost. Never a failure. */
    record InDoubt(String reason) implements VenueAnswer {}

    /**
     * The venue refused it for a cause that the gateway has mended since (its clock); it was not done. Whoever still wants it
     * writes it again, past its own last gate, once.
     */
    record Again(String reason) implements VenueAnswer {}

    /** Not one byte was written. */
    record NotSent(String code, String reason) implements VenueAnswer {}
}
