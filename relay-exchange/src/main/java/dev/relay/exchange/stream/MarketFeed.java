package dev.relay.exchange.stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.MarketShapes;
import dev.relay.exchange.engine.OrderBook;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.PublicTrade;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns one market's changes into stream events: depth at two speeds, partial depth, best bid and ask, trades and
 * aggregate trades. Best bid and ask go out as soon as a request is through, depth at its timer, as on the venue.
 */
final class MarketFeed {
    private static final int[] PARTIAL_LEVELS = {5, 10, 20};

    private record Aggregate(PublicTrade first, long lastId, long qty) {}

    private final Market market;
    private final String name;
    private final BiConsumer<String, Supplier<byte[]>> publish;
    private final DepthDelta fast = new DepthDelta();
    private final DepthDelta slow = new DepthDelta();
    private final DepthWire fastWire;
    private final DepthWire slowWire;
    private long bidPrice;
    private long bidQty;
    private long askPrice;
    private long askQty;
    private long aggregateIds;
    private @Nullable Aggregate aggregate;

    MarketFeed(Market market, BiConsumer<String, Supplier<byte[]>> publish) {
        this.market = market;
        this.name = market.spec().streamName();
        this.publish = publish;
        this.fastWire = new DepthWire(event -> publish.accept(name + "@depth@100ms", () -> event));
        this.slowWire = new DepthWire(event -> publish.accept(name + "@depth", () -> event));
    }

    Market market() {
        return market;
    }

    void onLevel(Side side, long price, long qty, long updateId) {
        fast.add(side, price, qty, updateId);
        slow.add(side, price, qty, updateId);
    }

    void onTrade(PublicTrade trade) {
        publish.accept(name + "@trade", () -> trade(trade));
        Aggregate open = aggregate;
        if (open != null
                && open.first().takerOrderId() == trade.takerOrderId()
                && open.first().price() == trade.price()) {
            aggregate = new Aggregate(open.first(), trade.id(), open.qty() + trade.qty());
        } else {
            flushAggregate();
            aggregate = new Aggregate(trade, trade.id(), trade.qty());
        }
    }

    void onSettled() {
        flushAggregate();
        publishTicker();
    }

    /** Whether the next fast flush has something to tell. */
    boolean hasFastChanges() {
        return !fast.isEmpty();
    }

    void flushFast(long nowMs, @Nullable DepthFault fault) {
        flush(fast, fastWire, "@100ms", nowMs, fault);
    }

    void flushSlow(long nowMs) {
        flush(slow, slowWire, "", nowMs, null);
    }

    private void flush(DepthDelta delta, DepthWire wire, String speed, long nowMs, @Nullable DepthFault fault) {
        if (!delta.isEmpty()) {
            wire.send(delta.event(market.symbol(), nowMs), fault, market.book());
        }
        delta.clear();
        for (int levels : PARTIAL_LEVELS) {
            publish.accept(name + "@depth" + levels + speed, () -> partial(levels));
        }
    }

    private byte[] partial(int levels) {
        return Json.write(MarketShapes.depth(market.book(), levels));
    }

    private void publishTicker() {
        OrderBook book = market.book();
        boolean same = bidPrice == book.bestPrice(Side.BUY)
                && bidQty == book.bestQty(Side.BUY)
                && askPrice == book.bestPrice(Side.SELL)
                && askQty == book.bestQty(Side.SELL);
        if (same) {
            return;
        }
        bidPrice = book.bestPrice(Side.BUY);
        bidQty = book.bestQty(Side.BUY);
        askPrice = book.bestPrice(Side.SELL);
        askQty = book.bestQty(Side.SELL);
        publish.accept(name + "@bookTicker", () -> ticker(book.updateId()));
    }

    private byte[] ticker(long updateId) {
        return Json.write(Json.object()
                .put("u", updateId)
                .put("s", market.symbol())
                .put("b", Scaled.format(bidPrice))
                .put("B", Scaled.format(bidQty))
                .put("a", Scaled.format(askPrice))
                .put("A", Scaled.format(askQty)));
    }

    private byte[] trade(PublicTrade trade) {
        ObjectNode node = Json.object()
                .put("e", "trade")
                .put("E", trade.timeMs())
                .put("s", market.symbol())
                .put("t", trade.id());
        return Json.write(putTrade(node, trade, trade.qty()));
    }

    private void flushAggregate() {
        Aggregate open = aggregate;
        if (open == null) {
            return;
        }
        aggregate = null;
        ObjectNode node = Json.object()
                .put("e", "aggTrade")
                .put("E", open.first().timeMs())
                .put("s", market.symbol())
                .put("a", ++aggregateIds)
                .put("f", open.first().id())
                .put("l", open.lastId());
        publish.accept(name + "@aggTrade", () -> Json.write(putTrade(node, open.first(), open.qty())));
    }

    private static ObjectNode putTrade(ObjectNode node, PublicTrade trade, long qty) {
        return node.put("p", Scaled.format(trade.price()))
                .put("q", Scaled.format(qty))
                .put("T", trade.timeMs())
                .put("m", trade.buyerIsMaker())
                .put("M", true);
    }
}
