package dev.relay.sidecar.venue.okx;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import dev.relay.sidecar.venue.SnapshotApi;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** The venue's REST answers: instruments, and books for the day the stream sends no snapshot. Stateless. */
enum OkxRest implements SnapshotApi {
    INSTANCE;

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int WINDOW = 400;

    /** Kinds of instruments the wanted names belong to. */
    static Set<String> kinds(List<String> wanted) {
        Set<String> kinds = new TreeSet<>();
        for (String name : wanted) {
            String upper = name.toUpperCase(Locale.ROOT);
            kinds.add(upper.endsWith("-SWAP") ? "SWAP" : upper.matches(".*-\\d{6}") ? "FUTURES" : "SPOT");
        }
        return kinds.isEmpty() ? Set.of("SPOT") : kinds;
    }

    static InstrumentList instruments(byte[] body) throws IOException {
        InstrumentList.Builder list = new InstrumentList.Builder();
        for (JsonNode item : data(body)) {
            list.addBySteps(
                    item.path("instId").asText(),
                    item.path("tickSz").asText(),
                    item.path("lotSz").asText());
        }
        return list.build(0);
    }

    private static JsonNode data(byte[] body) throws IOException {
        JsonNode root = JSON.readTree(body);
        if (!"0".equals(root.path("code").asText()) || !root.path("data").isArray()) {
            throw new IOException("refused, code=" + root.path("code").asText() + " msg="
                    + root.path("msg").asText());
        }
        return root.path("data");
    }

    /** The stream keeps the same 400 levels current, so nothing beyond their end can enter unseen. */
    @Override
    public List<Integer> limits() {
        return List.of(Integer.MAX_VALUE);
    }

    @Override
    public int weight(int limit) {
        return 1;
    }

    @Override
    public String path(Instrument instrument, int limit) {
        return "/api/v5/market/books?instId=" + instrument.venueSymbol() + "&sz=" + WINDOW;
    }

    @Override
    public int usedWeight(RestResponse answer) {
        return -1;
    }

    @Override
    public Delta read(byte[] body, Instrument instrument) throws IOException {
        JsonNode book = data(body).path(0);
        if (!book.path("seqId").isIntegralNumber()) {
            throw new IOException("book without seqId: it cannot be joined to the stream");
        }
        Delta snapshot = new Delta();
        long id = book.path("seqId").asLong();
        snapshot.ids(id, id);
        snapshot.eventAtMs(book.path("ts").asLong());
        side(book.path("bids"), instrument, snapshot, true);
        side(book.path("asks"), instrument, snapshot, false);
        return snapshot;
    }

    private static void side(JsonNode levels, Instrument instrument, Delta snapshot, boolean isBid) throws IOException {
        for (JsonNode level : levels) {
            long price = instrument.priceScale().parse(level.path(0).asText());
            long quantity = instrument.quantityScale().parse(level.path(1).asText());
            if (price == Scale.FAULT || quantity == Scale.FAULT) {
                throw new IOException("number outside the instrument's scale, level=" + level);
            }
            snapshot.add(isBid, price, quantity);
        }
    }
}
