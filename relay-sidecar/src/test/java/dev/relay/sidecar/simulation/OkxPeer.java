package dev.relay.sidecar.simulation;

import com.fasterxml.jackson.databind.JsonNode;
import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeCore;
import java.util.List;
import java.util.stream.Collectors;

/** OKX v5: each change names its predecessor, whole books come in the stream or over REST. */
final class OkxPeer extends StreamPeer {
    private static final int WINDOW = 400;

    OkxPeer(ExchangeCore exchange, VirtualTime time) {
        super(exchange, time, WINDOW);
    }

    private static String symbol(String instrument) {
        return instrument.replace("-", "");
    }

    private static String instrument(String symbol) {
        return symbol.substring(0, 3) + "-" + symbol.substring(3);
    }

    @Override
    boolean isWhole() {
        return false;
    }

    @Override
    void onMessage(Session session, String text) {
        if (text.equals("ping")) {
            session.say("pong");
            return;
        }
        JsonNode request = json(text);
        String op = request.path("op").asText();
        String id = request.has("id") ? "\"id\":\"" + request.path("id").asText() + "\"," : "";
        for (JsonNode arg : request.path("args")) {
            session.say("{" + id + "\"event\":\"" + op + "\",\"arg\":" + arg + ",\"connId\":\"a4d3ae55\"}");
            String symbol = symbol(arg.path("instId").asText());
            boolean isBook = arg.path("channel").asText().equals("books");
            if (isBook && op.equals("subscribe")) {
                session.listen(symbol);
            } else if (isBook) {
                session.stop(symbol);
            }
        }
    }

    @Override
    String encode(
            Session session, String symbol, ToldBook told, ToldBook.Levels levels, BookView book, boolean isWhole) {
        return "{\"arg\":{\"channel\":\"books\",\"instId\":\"" + instrument(symbol) + "\"},\"action\":\""
                + (isWhole ? "snapshot" : "update") + "\",\"data\":[{\"asks\":" + levels(levels.asks())
                + ",\"bids\":" + levels(levels.bids()) + ",\"ts\":\"" + nowMs() + "\",\"checksum\":0,\"prevSeqId\":"
                + (isWhole ? -1 : told.id) + ",\"seqId\":" + book.lastUpdateId() + "}]}";
    }

    private static String levels(List<String[]> levels) {
        return levels.stream()
                .map(level -> "[\"" + level[0] + "\",\"" + level[1] + "\",\"0\",\"1\"]")
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Override
    void announceEnd(Session session) {
        session.say("{\"event\":\"notice\",\"code\":\"64008\",\"msg\":\"The connection will soon be closed for a"
                + " service upgrade. Please reconnect.\",\"connId\":\"a4d3ae55\"}");
    }

    @Override
    String answer(String path, String query) {
        if (path.endsWith("/instruments")) {
            return "{\"code\":\"0\",\"msg\":\"\",\"data\":["
                    + "{\"instId\":\"BTC-USDT\",\"tickSz\":\"0.01\",\"lotSz\":\"0.00001\"},"
                    + "{\"instId\":\"ETH-USDT\",\"tickSz\":\"0.01\",\"lotSz\":\"0.0001\"}]}";
        }
        String symbol = symbol(query.substring("instId=".length(), query.indexOf('&')));
        BookView book = book(symbol);
        ToldBook.Levels all = new ToldBook().whole(book);
        return "{\"code\":\"0\",\"msg\":\"\",\"data\":[{\"asks\":" + levels(all.asks()) + ",\"bids\":"
                + levels(all.bids()) + ",\"ts\":\"" + nowMs() + "\",\"seqId\":" + book.lastUpdateId() + "}]}";
    }
}
