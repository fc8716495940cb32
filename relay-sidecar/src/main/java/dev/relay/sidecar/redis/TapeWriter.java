package dev.relay.sidecar.redis;

import dev.relay.sidecar.book.BestQuote;
import dev.relay.sidecar.book.BookMailbox;
import dev.relay.sidecar.book.MarketTape;
import dev.relay.sidecar.book.TapeTrade;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import redis.clients.jedis.CommandArguments;

/**
 * Turns one symbol's trades and best prices into script calls, at most one every {@value #EVERY_MS} ms with at most
 * {@value #MOST_TRADES} trades; what comes faster waits on the {@link MarketTape}. A call that is not confirmed is not
 * repeated: its trades are counted as lost and missing in the numbering. Redis thread only; no I/O.
 */
final class TapeWriter implements ReplyHandler {
    static final int KEPT_TRADES = 1_000;

    private static final int EVERY_MS = 20;
    private static final int MOST_TRADES = 200;
    private static final int TICKER_PAIRS = 6;

    private final MarketTape tape;
    private final Arguments arguments;
    private final byte[][] keys;
    private final long epoch;
    private final AsciiText id = new AsciiText();
    private long nextMs;
    private int underWay;

    TapeWriter(RedisLayout layout, BookMailbox mailbox, long epoch, Arguments arguments) {
        this.tape = mailbox.tape();
        this.arguments = arguments;
        this.epoch = epoch;
        String symbol = mailbox.symbol();
        this.keys = new byte[][] {
            bytes(layout.meta(symbol)), bytes(layout.ticker(symbol)), bytes(layout.trades(symbol)),
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** The call that tells Redis what is new, null when it is too early or nothing is. */
    @Nullable
    CommandArguments next(long nowMs) {
        if (nowMs < nextMs || !tape.hasNews()) {
            return null;
        }
        nextMs = nowMs + EVERY_MS;
        arguments.clear().word(LuaScript.TAPE.sha()).add(keys.length);
        for (byte[] key : keys) {
            arguments.add(key);
        }
        arguments.add(epoch).add(KEPT_TRADES);
        quote(tape.takeQuote());
        underWay = tape.drain(MOST_TRADES, this::trade);
        return arguments.call();
    }

    private void quote(@Nullable BestQuote quote) {
        if (quote == null) {
            arguments.add(0);
            return;
        }
        arguments.add(TICKER_PAIRS);
        arguments.word("bid").decimal(quote.priceScale(), quote.bid());
        arguments.word("bid_qty").decimal(quote.quantityScale(), quote.bidQuantity());
        arguments.word("ask").decimal(quote.priceScale(), quote.ask());
        arguments.word("ask_qty").decimal(quote.quantityScale(), quote.askQuantity());
        arguments.pair("ts_exch", quote.exchangeAtMs()).pair("ts_recv", quote.receivedAtMs());
    }

    private void trade(TapeTrade trade) {
        arguments.add(id.clear().add(epoch).add("-").add(trade.number()).toBytes());
        arguments.decimal(trade.priceScale(), trade.price());
        arguments.decimal(trade.quantityScale(), trade.quantity());
        arguments.word(trade.isBuy() ? "buy" : "sell").add(trade.id()).add(trade.atMs());
    }

    @Override
    public WriteOutcome onReply(Object reply) {
        WriteOutcome outcome = WriteOutcome.of(reply);
        if (outcome != WriteOutcome.OK) {
            onLost();
        }
        underWay = 0;
        return outcome;
    }

    /** The connection broke: whether the call under way was done is not known. */
    void onLost() {
        tape.noteLost(underWay);
        underWay = 0;
    }
}
