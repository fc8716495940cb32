package dev.relay.sidecar.order;

import com.binance.connector.client.impl.SpotClientImpl;
import com.binance.connector.client.impl.spot.Trade;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;

/** What Binance's own Java client sees of an account, in the form of the node scripts: positions in units of 1e-8. */
final class OfficialClient {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final int SCALE = 8;

    private final Trade trade;
    private final Instrument instrument;

    OfficialClient(URI rest, String key, String secret, Instrument instrument) {
        this.trade = new SpotClientImpl(key, secret, rest.toString()).createTrade();
        this.instrument = instrument;
    }

    JsonNode seen() throws IOException {
        ObjectNode seen = MAPPER.createObjectNode();
        ObjectNode orders = seen.putObject("orders");
        for (JsonNode order : MAPPER.readTree(trade.getOrders(ofSymbol(true)))) {
            orders.putArray(order.path("clientOrderId").asText())
                    .add(order.path("status").asText())
                    .add(order.path("executedQty").asText());
        }
        ArrayNode open = seen.putArray("open");
        for (JsonNode order : MAPPER.readTree(trade.getOpenOrders(ofSymbol(false)))) {
            open.add(order.path("clientOrderId").asText());
        }
        JsonNode fills = MAPPER.readTree(trade.myTrades(ofSymbol(true)));
        return seen.put("position", position(fills)).put("fills", fills.size());
    }

    private Map<String, Object> ofSymbol(boolean isLong) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("symbol", instrument.venueSymbol());
        if (isLong) {
            params.put("limit", 1_000);
        }
        return params;
    }

    private String position(JsonNode fills) {
        BigDecimal position = BigDecimal.ZERO;
        for (JsonNode fill : fills) {
            BigDecimal quantity = new BigDecimal(fill.path("qty").asText());
            position = fill.path("isBuyer").asBoolean() ? position.add(quantity) : position.subtract(quantity);
            if (fill.path("commissionAsset").asText().equals(instrument.base())) {
                position =
                        position.subtract(new BigDecimal(fill.path("commission").asText()));
            }
        }
        return position.movePointRight(SCALE).toBigIntegerExact().toString();
    }
}
