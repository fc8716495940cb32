package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Venue;

/**
 * Latest quotes of shares, as Alpaca's market data tells them. The venue has another host for them, and counts these
 * requests apart from those of trading; here they are not counted. Stateless; exchange loop only.
 */
final class AlpacaPrices {
    static final String PATH = AlpacaApi.PREFIX + "stocks/quotes/latest";

    private AlpacaPrices() {}

    /** @param symbols with commas between; what is not a share here is left out */
    static ObjectNode latest(Venue venue, String symbols) {
        ObjectNode answer = Json.object();
        ObjectNode quotes = answer.putObject("quotes");
        for (String name : symbols.split(",", -1)) {
            Market market = AlpacaSymbols.find(venue, name);
            if (market != null && market.spec().isEquity()) {
                quotes.set(name, quote(market.book(), venue.clock().nowMs()));
            }
        }
        return answer;
    }

    private static ObjectNode quote(OrderBook book, long nowMs) {
        return Json.object()
                .put("ap", Scaled.toDecimal(book.bestPrice(Side.SELL)))
                .put("as", Scaled.toDecimal(book.bestQty(Side.SELL)))
                .put("bp", Scaled.toDecimal(book.bestPrice(Side.BUY)))
                .put("bs", Scaled.toDecimal(book.bestQty(Side.BUY)))
                .put("t", AlpacaShapes.time(nowMs));
    }
}
