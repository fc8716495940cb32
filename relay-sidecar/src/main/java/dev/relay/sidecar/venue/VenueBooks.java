package dev.relay.sidecar.venue;

import java.util.Collection;
import java.util.List;

/**
 * The books to keep of one venue.
 *
 * @param symbols normalised or in the venue's spelling; empty means all the venue lists
 */
public record VenueBooks(Venue venue, List<String> symbols) {
    public VenueBooks {
        symbols = List.copyOf(symbols);
    }

    public static VenueBooks of(Venue venue, Collection<String> symbols) {
        return new VenueBooks(venue, List.copyOf(symbols));
    }
}
