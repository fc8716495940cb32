package dev.relay.sidecar.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeCore;
import java.util.List;
import java.util.stream.Collectors;

/** Hyperliquid: every message is the whole book, twenty levels a side. */
final class HyperliquidPeer extends StreamPeer {
    static final int LEVELS = 20;

    HyperliquidPeer(ExchangeCore exchange, VirtualTime time) {
        super(exchange, time, LEVELS);
    }

    @Override
    boolean isWhole() {
        return true;
    }

    @Override
    void onMessage(Session session, String text) {
        JsonNode request = json(text);
        if (request.path("method").asText().equals("ping")) {
            session.say("{\"channel\":\"pong\"}");
            return;
        }
        JsonNode subscription = request.path("subscription");
        session.say("{\"channel\":\"subscriptionResponse\",\"data\":" + request + "}");
        if (subscription.path("type").asText().equals("l2Book")) {
            session.listen(subscription.path("coin").asText() + "USDT");
        }
    }

    @Override
    String encode(
            Session session, String symbol, ToldBook told, ToldBook.Levels levels, BookView book, boolean isWhole) {
        return "{\"channel\":\"l2Book\",\"data\":{\"coin\":\"" + symbol.substring(0, 3) + "\",\"time\":" + nowMs()
                + ",\"levels\":[" + side(levels.bids()) + "," + side(levels.asks()) + "]}}";
    }

    private static String side(List<String[]> levels) {
        return levels.stream()
                .map(level -> "{\"px\":\"" + level[0] + "\",\"sz\":\"" + level[1] + "\",\"n\":1}")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    String answer(String path, String query) {
        return "{\"universe\":[{\"name\":\"BTC\",\"szDecimals\":5},{\"name\":\"ETH\",\"szDecimals\":4}]}";
    }
}
