package dev.relay.sidecar.venue.binance;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.book.Delta;
import dev.relay.sidecar.book.Scale;
import dev.relay.sidecar.venue.Instrument;
import dev.relay.sidecar.venue.InstrumentList;
import java.io.IOException;

/** Reads the venue's REST answers: instruments and snapshots. Stateless; runs on whichever thread calls. */
final class BinanceRest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonFactory FACTORY = JSON.getFactory();
    private static final String FINEST_STEP = "0.00000001";
    private static final long EXACT_DOUBLE = 1L << 53;

    private BinanceRest() {}

    static InstrumentList exchangeInfo(byte[] body) throws IOException {
        JsonNode root = JSON.readTree(body);
        if (!root.path("symbols").isArray()) {
            throw new IOException("exchangeInfo without symbols");
        }
        InstrumentList.Builder list = new InstrumentList.Builder();
        for (JsonNode symbol : root.path("symbols")) {
            Instrument instrument = instrument(symbol);
            if (isExactAsDouble(symbol, instrument.priceScale())) {
                list.add(instrument);
            } else {
                list.refuse(instrument.symbol(), "PRECISION: neighbouring prices share a sorted-set score");
            }
        }
        return list.build(weightPerMinute(root));
    }

    private static Instrument instrument(JsonNode symbol) {
        return new Instrument(
                symbol.path("baseAsset").asText() + "-"
                        + symbol.path("quoteAsset").asText(),
                symbol.path("symbol").asText(),
                Scale.ofStep(filter(symbol, "PRICE_FILTER", "tickSize", FINEST_STEP)),
                Scale.ofStep(filter(symbol, "LOT_SIZE", "stepSize", FINEST_STEP)));
    }

    private static String filter(JsonNode symbol, String type, String field, String otherwise) {
        for (JsonNode filter : symbol.path("filters")) {
            if (type.equals(filter.path("filterType").asText())) {
                return filter.path(field).asText(otherwise);
            }
        }
        return otherwise;
    }

    private static boolean isExactAsDouble(JsonNode symbol, Scale scale) {
        String maxPrice = filter(symbol, "PRICE_FILTER", "maxPrice", "0");
        long max = scale.parse(maxPrice);
        return max != Scale.FAULT && max <= EXACT_DOUBLE;
    }

    private static int weightPerMinute(JsonNode root) {
        for (JsonNode limit : root.path("rateLimits")) {
            if ("REQUEST_WEIGHT".equals(limit.path("rateLimitType").asText())
                    && "MINUTE".equals(limit.path("interval").asText())) {
                return limit.path("limit").asInt()
                        / Math.max(1, limit.path("intervalNum").asInt(1));
            }
        }
        return 0;
    }

    /** A depth snapshot as a delta whose last id is the snapshot's. A number outside the scale is an IOException. */
    static Delta snapshot(byte[] body, Instrument instrument) throws IOException {
        Delta snapshot = new Delta();
        boolean hasId = false;
        try (JsonParser parser = FACTORY.createParser(body)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "snapshot is not an object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = parser.currentName();
                parser.nextToken();
                switch (field) {
                    case "lastUpdateId" -> {
                        snapshot.ids(parser.getLongValue(), parser.getLongValue());
                        hasId = true;
                    }
                    case "bids" -> side(parser, instrument, snapshot, true);
                    case "asks" -> side(parser, instrument, snapshot, false);
                    default -> parser.skipChildren();
                }
            }
        }
        require(hasId, "snapshot without lastUpdateId");
        return snapshot;
    }

    private static void side(JsonParser parser, Instrument instrument, Delta snapshot, boolean isBid)
            throws IOException {
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            long price = number(parser, instrument.priceScale());
            long quantity = number(parser, instrument.quantityScale());
            require(parser.nextToken() == JsonToken.END_ARRAY, "level is not a pair");
            snapshot.add(isBid, price, quantity);
        }
    }

    private static long number(JsonParser parser, Scale scale) throws IOException {
        String text = parser.nextTextValue();
        long value = text == null ? Scale.FAULT : scale.parse(text);
        require(value != Scale.FAULT, "number outside the instrument's scale, text=" + text);
        return value;
    }

    private static void require(boolean holds, String problem) throws IOException {
        if (!holds) {
            throw new IOException(problem);
        }
    }
}
