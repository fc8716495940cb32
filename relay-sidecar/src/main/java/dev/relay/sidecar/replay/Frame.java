package dev.relay.sidecar.replay;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;

/**
 * One recorded text frame that a client may get.
 *
 * @param topic what must be subscribed for it, in the script's own words; empty when every client gets it
 * @param symbol the book it changes in the venue's spelling, empty when it changes none
 */
record Frame(BigDecimal ts, String text, String topic, String symbol, JsonNode json) {
    boolean isBook() {
        return !symbol.isEmpty();
    }
}
