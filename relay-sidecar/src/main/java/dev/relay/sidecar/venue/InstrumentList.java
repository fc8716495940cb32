package dev.relay.sidecar.venue;

import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.net.RestResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

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

    /** Collects what a venue lists. One thread, one use. */
    public static final class Builder {
        private final List<Instrument> instruments = new ArrayList<>();
        private final Map<String, String> refused = new TreeMap<>();

        public void add(Instrument instrument) {
            instruments.add(instrument);
        }

        /** {@code reason} begins with its code. */
        public void refuse(String symbol, String reason) {
            refused.put(symbol, reason);
        }

        /** A pair that the venue spells as we do, by the steps of its prices and quantities; refused where they are not stated. */
        public void addBySteps(String symbol, String tick, String lot) {
            if (tick.isEmpty() || lot.isEmpty()) {
                refuse(symbol, "PRECISION: the venue states no tick and lot size");
            } else {
                add(new Instrument(symbol, symbol, Scale.ofStep(tick), Scale.ofStep(lot)));
            }
        }

        public InstrumentList build(int weightPerMinute) {
            return new InstrumentList(instruments, refused, weightPerMinute);
        }
    }

    /** Reads the body of an answer that is OK. */
    @FunctionalInterface
    public interface Reader {
        InstrumentList read(byte[] body) throws IOException;
    }

    /** What a venue answered to the question for its instruments; UncheckedIOException when it refused or cannot be read. */
    public static InstrumentList from(RestResponse answer, Reader reader) {
        try {
            if (!answer.isOk()) {
                throw new IOException("status=" + answer.status() + " body=" + answer.text());
            }
            return reader.read(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
