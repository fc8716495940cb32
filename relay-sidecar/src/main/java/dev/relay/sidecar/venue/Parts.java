package dev.relay.sidecar.venue;

import java.util.ArrayList;
import java.util.List;

/** Cuts a list where a venue takes only so many at once. */
public final class Parts {
    /** All of it in order, in parts of at most {@code most}: views of the list, none of an empty one. */
    public static <T> List<List<T>> of(List<T> all, int most) {
        List<List<T>> parts = new ArrayList<>();
        for (int from = 0; from < all.size(); from += most) {
            parts.add(all.subList(from, Math.min(all.size(), from + most)));
        }
        return parts;
    }

    private Parts() {}
}
