package dev.relay.sidecar.order;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The outcome of one order request. */
public sealed interface OrderResult {
    /** The venue did it; or, for a status, the order as known. */
    record Accepted(OrderView order) implements OrderResult {}

    /** It did not happen, for certain. */
    record Refused(
            RefusalCode code, String reason, @Nullable OrderView order) implements OrderResult {}

    /** Written and not answered; the sidecar is finding out and publishes the outcome. */
    record Unknown(OrderView order) implements OrderResult {}

    /** One outcome per order of a cancel_all. */
    record Batch(List<OrderResult> results) implements OrderResult {}
}
