package dev.relay.sidecar.venue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Messages of one connection, out and in. Feed thread only; {@link #read} allocates nothing for book frames. */
public interface StreamCodec {
    /** What a frame turned out to be. */
    enum Reading {
        /** Market data; what was in it went to the sink. */
        DATA,
        /** A heartbeat or something nobody here asked for. */
        QUIET,
        /** An answer or announcement: see {@link #control}. */
        CONTROL,
        /** Not what the venue documents; no book of this connection can be believed. */
        BROKEN
    }

    /** A subscribe message, the number of confirmations it gets, and the books it subscribes. */
    record Page(String text, int answers, List<Instrument> books) {}

    /** What a control frame means. */
    record Control(Step step, String venueSymbol, int depth, String detail) {
        /** Kinds of control frames. */
        public enum Step {
            NONE,
            /** One confirmation. */
            ANSWER,
            /** One symbol is refused for good; counts as an answer. */
            REFUSED_SYMBOL,
            /** The subscription failed. */
            REFUSED,
            /** The venue is about to end the connection. */
            SHUTDOWN
        }

        public static final Control NONE = new Control(Step.NONE, "", 0, "");
        public static final Control ANSWER = new Control(Step.ANSWER, "", 0, "");
        public static final Control SHUTDOWN = new Control(Step.SHUTDOWN, "", 0, "");

        public static Control refused(String detail) {
            return new Control(Step.REFUSED, "", 0, detail);
        }
    }

    List<Page> subscribe(List<Instrument> instruments);

    /** What stands between the brackets of a JSON array of the venue's names. */
    static String names(List<Instrument> instruments) {
        return instruments.stream()
                .map(instrument -> "\"" + instrument.venueSymbol() + "\"")
                .collect(Collectors.joining(","));
    }

    /** Messages that make the venue send a new snapshot of one book; empty where it cannot be asked. */
    default List<String> callForSnapshot(Instrument instrument) {
        return List.of();
    }

    /** The venue's own keep-alive message, null if it has none. */
    default @Nullable String ping() {
        return null;
    }

    Reading read(byte[] frame, int length, SymbolTable books, FrameSink sink);

    /** The meaning of a frame read as CONTROL. */
    Control control(JsonNode frame);
}
