package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.engine.Order;
import dev.relay.exchange.engine.OrderStatus;
import dev.relay.exchange.engine.OrderType;
import dev.relay.exchange.engine.Scaled;
import dev.relay.exchange.engine.Side;
import dev.relay.exchange.engine.TimeInForce;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an exchange that died without a word tells after its next start. The first core is never closed: its file is what a SIGKILL leaves. */
class AccountLogTest {
    private static final String KEY = "relay-demo-key";
    private static final String SYMBOL = "BTCUSDT";

    @TempDir
    private @Nullable Path dir;

    private long nowMs = 1_700_000_000_000L;

    @Test
    void shouldKnowOrdersFillsAndBalancesAfterADeath() {
        ExchangeCore before = core();
        trade(before, 400, 7);
        assertThat(before.truth().openOrdersOf(KEY)).isNotEmpty();
        assertThat(before.truth().tradesOf(KEY)).isNotEmpty();

        ExchangeCore after = quiet();

        assertThat(after.truth().tradesOf(KEY))
                .startsWith(before.truth().tradesOf(KEY).toArray(new Trade[0]));
        assertThat(sum(after)).isEqualTo(sum(before));
        assertThat(statuses(after)).isEqualTo(statuses(before));
    }

    @Test
    void shouldGiveNoIdTwiceOverADeath() {
        ExchangeCore before = core();
        trade(before, 100, 3);
        ExchangeCore after = core();
        trade(after, 100, 4);
        List<Long> ids =
                after.truth().tradesOf(KEY).stream().map(Trade::tradeId).toList();
        assertThat(ids).isSorted();
        assertThat(after.truth().tradesOf(KEY).stream().map(t -> t.tradeId() + " " + t.orderId()))
                .doesNotHaveDuplicates();
        assertThat(account(after).closedOrders(null).stream().map(Order::id)).doesNotHaveDuplicates();
    }

    @Test
    void shouldTakeALineThatADeathHasCutForNone() throws IOException {
        ExchangeCore before = core();
        trade(before, 50, 5);
        Path file = Objects.requireNonNull(dir).resolve("accounts.log");
        Files.write(file, "B\tdemo\tUSDT\t1".getBytes(StandardCharsets.UTF_8), StandardOpenOption.APPEND);
        assertThat(sum(quiet())).isEqualTo(sum(before));
    }

    @Test
    void shouldFreeWhatAnOrderHadLockedThatDiedWhileItTraded() throws IOException {
        ExchangeCore before = core();
        Account account = account(before);
        long free = account.balance("USDT").free();
        before.venue().place(account, spec("half", Side.BUY, TimeInForce.IOC, "60000.00", "0.1"));
        Path file = Objects.requireNonNull(dir).resolve("accounts.log");
        String text = Files.readString(file);
        Files.writeString(file, text.substring(0, text.lastIndexOf("O\tdemo"))); // as if it had died behind NEW
        ExchangeCore after = quiet();
        assertThat(account(after).balance("USDT").free()).isEqualTo(free);
        assertThat(account(after).balance("USDT").locked()).isZero();
        assertThat(Objects.requireNonNull(account(after).order(SYMBOL, "half")).status())
                .isEqualTo(OrderStatus.EXPIRED);
    }

    private ExchangeCore core() {
        ExchangeCore core = quiet();
        core.open();
        return core;
    }

    /** Restored, and the house not there yet, so that nothing trades on. */
    private ExchangeCore quiet() {
        ExchangeCore core =
                new ExchangeCore(ExchangeConfig.defaults().withDataDir(Objects.requireNonNull(dir)), () -> nowMs++);
        core.restore();
        return core;
    }

    private static void trade(ExchangeCore core, int steps, long seed) {
        Random random = new Random(seed);
        Account account = account(core);
        for (int i = 0; i < steps; i++) {
            core.flowStep();
            if (i % 4 == 0) {
                Side side = random.nextBoolean() ? Side.BUY : Side.SELL;
                TimeInForce tif = random.nextInt(3) == 0 ? TimeInForce.IOC : TimeInForce.GTC;
                long best = core.venue().market(SYMBOL).book().bestPrice(random.nextBoolean() ? side : side.opposite());
                core.venue().place(account, spec(seed + "-" + i, side, tif, plain(best), "0.01"));
            }
            if (i % 20 == 19) {
                List<Order> open = account.openOrders(null);
                if (!open.isEmpty()) {
                    core.venue().cancel(account, open.get(0), null);
                }
            }
        }
    }

    private static Order.Spec spec(String id, Side side, TimeInForce tif, String price, String qty) {
        return new Order.Spec(SYMBOL, id, side, OrderType.LIMIT, tif, Scaled.of(price), Scaled.of(qty), 0);
    }

    private static String plain(long scaled) {
        return Scaled.toDecimal(scaled).toPlainString();
    }

    private static Account account(ExchangeCore core) {
        return Objects.requireNonNull(core.venue().accounts().ofKey(KEY));
    }

    private static List<String> statuses(ExchangeCore core) {
        return java.util.stream.Stream.concat(
                        account(core).openOrders(null).stream(), account(core).closedOrders(null).stream())
                .map(order -> order.clientOrderId() + " " + order.status() + " " + order.executedQty() + " "
                        + order.executedQuote())
                .sorted()
                .toList();
    }

    private static List<String> sum(ExchangeCore core) {
        return core.truth().balancesOf(KEY).entrySet().stream()
                .map(entry -> entry.getKey() + " " + entry.getValue())
                .toList();
    }
}
