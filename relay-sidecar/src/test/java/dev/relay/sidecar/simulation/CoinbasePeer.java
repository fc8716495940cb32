package dev.relay.sidecar.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeCore;
import java.util.List;

/** Coinbase Advanced Trade: the messages of a connection are numbered, whatever they are about. */
final class CoinbasePeer extends StreamPeer {
    CoinbasePeer(ExchangeCore exchange, VirtualTime time) {
        super(exchange, time, Integer.MAX_VALUE);
    }

    @Override
    boolean isWhole() {
        return false;
    }

    private String message(Session session, String channel, String events) {
        return "{\"channel\":\"" + channel + "\",\"client_id\":\"\",\"timestamp\":\"" + isoTime()
                + "\",\"sequence_num\":" + session.sequence++ + ",\"events\":[" + events + "]}";
    }

    @Override
    void onMessage(Session session, String text) {
        JsonNode request = json(text);
        String channel = request.path("channel").asText();
        boolean subscribes = request.path("type").asText().equals("subscribe");
        if (channel.equals("level2")) {
            for (JsonNode product : request.path("product_ids")) {
                String symbol = product.asText().replace("-", "");
                if (subscribes) {
                    session.listen(symbol);
                } else {
                    session.stop(symbol);
                }
            }
        }
        session.say(message(session, "subscriptions", "{\"subscriptions\":{\"" + channel + "\":[]}}"));
    }

    @Override
    String encode(
            Session session, String symbol, ToldBook told, ToldBook.Levels levels, BookView book, boolean isWhole) {
        StringBuilder updates = new StringBuilder();
        add(updates, "bid", levels.bids());
        add(updates, "offer", levels.asks());
        return message(
                session,
                "l2_data",
                "{\"type\":\"" + (isWhole ? "snapshot" : "update") + "\",\"product_id\":\"" + symbol.substring(0, 3)
                        + "-" + symbol.substring(3) + "\",\"updates\":[" + updates + "]}");
    }

    private void add(StringBuilder updates, String side, List<String[]> levels) {
        for (String[] level : levels) {
            updates.append(updates.length() == 0 ? "" : ",")
                    .append("{\"side\":\"" + side + "\",\"event_time\":\"" + isoTime() + "\",\"price_level\":\""
                            + level[0] + "\",\"new_quantity\":\"" + level[1] + "\"}");
        }
    }

    @Override
    void onBeat(Session session) {
        session.say(
                message(session, "heartbeats", "{\"current_time\":\"" + isoTime() + "\",\"heartbeat_counter\":\"1\"}"));
    }

    @Override
    String answer(String path, String query) {
        return "{\"products\":[{\"product_id\":\"BTC-USDT\",\"price_increment\":\"0.01\",\"base_increment\":\"0.00001\"},"
                + "{\"product_id\":\"ETH-USDT\",\"price_increment\":\"0.01\",\"base_increment\":\"0.0001\"}]}";
    }
}
