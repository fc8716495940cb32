package dev.relay.exchange.flow;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import dev.relay.exchange.market.Commission;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Recorder;
import dev.relay.exchange.market.Refusal;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.exchange.market.Venue;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OrderFlowTest {
    private static final List<SymbolSpec> SYMBOLS =
            List.of(SymbolSpec.known("BTCUSDT"), SymbolSpec.known("ETHUSDT"), SymbolSpec.known("SOLUSDT"));

    @Test
    void shouldDecideTheSameForTheSameSeedAndOtherwiseForAnother() {
        assertThat(history(7)).isEqualTo(history(7)).isNotEqualTo(history(8));
    }

    @Test
    void shouldKeepEveryBookDeepTradedAndUncrossed() {
        Venue venue = venue(new Recorder());
        OrderFlow flow = new OrderFlow(venue, 3);
        flow.open();
        for (int i = 0; i < 60_000; i++) {
            flow.step();
        }
        for (Market market : venue.markets()) {
            assertThat(market.book().levelCount(Side.BUY)).as(market.symbol()).isGreaterThan(100);
            assertThat(market.book().levelCount(Side.SELL)).as(market.symbol()).isGreaterThan(100);
            assertThat(market.book().bestPrice(Side.BUY))
                    .isLessThan(market.book().bestPrice(Side.SELL));
            assertThat(market.lastTrades(1000)).hasSizeGreaterThan(500);
            double moved = (double) market.lastPrice() / market.spec().startPrice();
            assertThat(moved).as("price drift of %s", market.symbol()).isBetween(0.9, 1.1);
        }
        assertThat(flow.refusedCount()).isZero();
    }

    @Test
    void shouldConserveMoneyWhileStrangersTradeAgainstTheFlow() {
        Venue venue = venue(new Recorder());
        OrderFlow flow = new OrderFlow(venue, 5);
        Account stranger = venue.accounts().open("stranger", false);
        for (String asset : List.of("BTC", "ETH", "SOL", "USDT")) {
            stranger.balance(asset).credit(Scaled.of("5000"));
        }
        flow.open();
        Map<String, Long> before = totals(venue);
        Random random = new Random(5);
        for (int i = 0; i < 20_000; i++) {
            flow.step();
            if (i % 5 == 0) {
                tradeAtRandom(venue, stranger, random, i);
            }
        }
        assertThat(stranger.fills()).hasSizeGreaterThan(200);
        assertThat(venue.feesCollected().get("USDT")).isPositive();
        assertThat(totals(venue)).isEqualTo(before);
    }

    private static void tradeAtRandom(Venue venue, Account stranger, Random random, int number) {
        List<Order> open = stranger.openOrders(null);
        if (open.size() > 20) {
            venue.cancel(stranger, open.get(random.nextInt(open.size())), null);
            return;
        }
        Market market = List.copyOf(venue.markets()).get(random.nextInt(3));
        Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
        boolean atMarket = random.nextInt(3) == 0;
        long tick = market.spec().tickSize();
        long price = atMarket ? 0 : market.lastPrice() + (random.nextInt(2000) - 1000) * tick;
        long qty = market.spec().stepSize() * (1 + random.nextInt(400));
        OrderType type = atMarket ? OrderType.MARKET : OrderType.LIMIT;
        try {
            venue.place(
                    stranger,
                    new Order.Spec(market.symbol(), "s" + number, side, type, TimeInForce.GTC, price, qty, 0));
        } catch (Refusal tooSmallOrTooPoor) {
            assertThat(tooSmallOrTooPoor.code().code()).isIn(-1013, -2010);
        }
    }

    private static Map<String, Long> totals(Venue venue) {
        Map<String, Long> totals = new TreeMap<>(venue.feesCollected());
        for (Account account : venue.accounts().all()) {
            account.balances().forEach((asset, balance) -> totals.merge(asset, sum(balance), Long::sum));
        }
        return totals;
    }

    private static long sum(Balance balance) {
        return balance.free() + balance.locked();
    }

    private static List<String> history(long seed) {
        Recorder recorder = new Recorder();
        OrderFlow flow = new OrderFlow(venue(recorder), seed);
        flow.open();
        for (int i = 0; i < 2000; i++) {
            flow.step();
        }
        return recorder.lines;
    }

    private static Venue venue(Recorder recorder) {
        return new Venue(() -> 1_700_000_000_000L, new Commission(10, 20), SYMBOLS, recorder);
    }
}
