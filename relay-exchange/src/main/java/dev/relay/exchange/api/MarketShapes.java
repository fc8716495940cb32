package dev.relay.exchange.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.PublicTrade;
import dev.relay.exchange.market.SymbolSpec;

/** Symbols, books and public trades in the venue's JSON. */
public final class MarketShapes {
    private MarketShapes() {}

    public static ObjectNode depth(OrderBook book, int limit) {
        ObjectNode node = Json.object().put("lastUpdateId", book.updateId());
        node.set("bids", levels(book, Side.BUY, limit));
        node.set("asks", levels(book, Side.SELL, limit));
        return node;
    }

    public static ObjectNode trade(PublicTrade trade) {
        return Json.object()
                .put("id", trade.id())
                .put("price", Scaled.format(trade.price()))
                .put("qty", Scaled.format(trade.qty()))
                .put("quoteQty", Scaled.format(trade.quote()))
                .put("time", trade.timeMs())
                .put("isBuyerMaker", trade.buyerIsMaker())
                .put("isBestMatch", true);
    }

    public static ObjectNode bookTicker(Market market) {
        OrderBook book = market.book();
        return Json.object()
                .put("symbol", market.symbol())
                .put("bidPrice", Scaled.format(book.bestPrice(Side.BUY)))
                .put("bidQty", Scaled.format(book.bestQty(Side.BUY)))
                .put("askPrice", Scaled.format(book.bestPrice(Side.SELL)))
                .put("askQty", Scaled.format(book.bestQty(Side.SELL)));
    }

    public static ObjectNode priceTicker(Market market) {
        return Json.object().put("symbol", market.symbol()).put("price", Scaled.format(market.lastPrice()));
    }

    public static ObjectNode symbol(SymbolSpec spec) {
        ObjectNode node = Json.object()
                .put("symbol", spec.symbol())
                .put("status", "TRADING")
                .put("baseAsset", spec.baseAsset())
                .put("baseAssetPrecision", Scaled.DECIMALS)
                .put("quoteAsset", spec.quoteAsset())
                .put("quotePrecision", Scaled.DECIMALS)
                .put("quoteAssetPrecision", Scaled.DECIMALS)
                .put("baseCommissionPrecision", Scaled.DECIMALS)
                .put("quoteCommissionPrecision", Scaled.DECIMALS);
        node.putArray("orderTypes").add("LIMIT").add("LIMIT_MAKER").add("MARKET");
        node.put("icebergAllowed", false)
                .put("ocoAllowed", false)
                .put("otoAllowed", false)
                .put("quoteOrderQtyMarketAllowed", true)
                .put("allowTrailingStop", false)
                .put("cancelReplaceAllowed", true)
                .put("amendAllowed", false)
                .put("pegInstructionsAllowed", false)
                .put("isSpotTradingAllowed", true)
                .put("isMarginTradingAllowed", false);
        node.set("filters", filters(spec));
        node.putArray("permissions");
        node.putArray("permissionSets").addArray().add("SPOT");
        node.put("defaultSelfTradePreventionMode", "NONE");
        node.putArray("allowedSelfTradePreventionModes").add("NONE");
        return node;
    }

    public static ArrayNode rateLimits(LimitsConfig limits) {
        ArrayNode array = Json.array();
        array.add(rateLimit("REQUEST_WEIGHT", "MINUTE", 1, limits.weightPerMinute()));
        array.add(rateLimit("ORDERS", "SECOND", 10, limits.ordersPer10s()));
        array.add(rateLimit("ORDERS", "DAY", 1, limits.ordersPerDay()));
        return array;
    }

    public static ObjectNode rateLimit(String type, String interval, int intervalNum, int limit) {
        return Json.object()
                .put("rateLimitType", type)
                .put("interval", interval)
                .put("intervalNum", intervalNum)
                .put("limit", limit);
    }

    private static ArrayNode filters(SymbolSpec spec) {
        ArrayNode array = Json.array();
        array.addObject()
                .put("filterType", "PRICE_FILTER")
                .put("minPrice", Scaled.format(spec.tickSize()))
                .put("maxPrice", Scaled.format(spec.maxPrice()))
                .put("tickSize", Scaled.format(spec.tickSize()));
        array.addObject()
                .put("filterType", "LOT_SIZE")
                .put("minQty", Scaled.format(spec.stepSize()))
                .put("maxQty", Scaled.format(spec.maxQty()))
                .put("stepSize", Scaled.format(spec.stepSize()));
        array.addObject()
                .put("filterType", "MARKET_LOT_SIZE")
                .put("minQty", Scaled.format(spec.stepSize()))
                .put("maxQty", Scaled.format(spec.maxQty()))
                .put("stepSize", Scaled.format(spec.stepSize()));
        array.addObject()
                .put("filterType", "PERCENT_PRICE_BY_SIDE")
                .put("bidMultiplierUp", "5")
                .put("bidMultiplierDown", "0.2")
                .put("askMultiplierUp", "5")
                .put("askMultiplierDown", "0.2")
                .put("avgPriceMins", 0);
        array.addObject()
                .put("filterType", "NOTIONAL")
                .put("minNotional", Scaled.format(spec.minNotional()))
                .put("applyMinToMarket", true)
                .put("maxNotional", "9000000.00000000")
                .put("applyMaxToMarket", false)
                .put("avgPriceMins", 0);
        array.addObject().put("filterType", "MAX_NUM_ORDERS").put("maxNumOrders", 200);
        return array;
    }

    private static ArrayNode levels(OrderBook book, Side side, int limit) {
        ArrayNode array = Json.array();
        book.forEachLevel(
                side,
                limit,
                (price, qty) -> array.addArray().add(Scaled.format(price)).add(Scaled.format(qty)));
        return array;
    }
}
