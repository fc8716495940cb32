package dev.relay.sidecar.venue;

import java.util.List;
import java.util.Map;

/**
 * The venue's instruments.
 *
 * @param refused symbols that cannot be served exactly, with the coded reason
 * @param weightPerMinute the venue's own figure for request weight, 0 when it states none
 */
public record InstrumentList(List<Instrument> instruments, Map<String, String> refused, int weightPerMinute) {
    public InstrumentList {
        instruments = List.copyOf(instruments);
        refused = Map.copyOf(refused);
    }
}
