package dev.relay.sidecar.venue;

import dev.relay.sidecar.net.RestResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
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
