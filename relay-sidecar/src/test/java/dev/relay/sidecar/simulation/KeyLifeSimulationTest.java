package dev.relay.sidecar.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.market.SymbolSpec;
import dev.relay.sidecar.order.Balance;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderVenue;
import dev.relay.sidecar.order.VenueAnswer;
import dev.relay.sidecar.order.VenueListener;
import dev.relay.sidecar.venue.binance.order.BinanceOrderConfig;
import dev.relay.sidecar.venue.binance.order.BinanceOrderGateway;
import java.math.BigDecimal;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** C4 on a fake clock: a key revoked in mid-session, a venue's clock that is off, and one that goes on drifting. */
class KeyLifeSimulationTest {
    private static final String KEY = "relay-orders-key";
    private static final long MINUTE_MS = 60_000;

    private final VirtualTime time = new VirtualTime();
    private final ExchangeCore exchange = new ExchangeCore(
            ExchangeConfig.defaults()
                    .withAccounts(List.of(AccountConfig.ready("orders")))
                    .withSymbols(List.of(SymbolSpec.known("BTCUSDT"))),
            time);
    private final VirtualNetwork network =
            new VirtualNetwork(time, exchange, new ExchangePeer(exchange, false), 5, () -> {});
    private final List<VenueAnswer> answers = new ArrayList<>();
    private final BinanceOrderGateway gateway = gateway();

    private BinanceOrderGateway gateway() {
        BinanceOrderConfig config = BinanceOrderConfig.of(
                URI.create("ws://127.0.0.1/ws-api/v3"), URI.create("http://127.0.0.1"), KEY, "relay-orders-secret");
        OrderVenue.Access access = new OrderVenue.Access(
                List.of(Instrument.of("BTC-USDT")),
                time,
                time,
                network,
                (base, timeoutMs) -> network,
                0,
                until -> {},
                0,
                9);
        return (BinanceOrderGateway) config.open(access);
    }

    private void start() {
        exchange.open();
        gateway.start(new VenueListener() {
            @Override
            public void onConnected() {}

            @Override
            public void onDisconnected(String reason) {}

            @Override
            public void onReport(OrderReport report) {}

            @Override
            public void onBalances(List<Balance> balances) {}

            @Override
            public void onTransfer(String asset, BigDecimal amount) {}
        });
        time.every(10, () -> gateway.tick(time.monotonicMs()));
        time.runUntil(1_000);
        assertThat(gateway.isConnected()).isTrue();
    }

    private void ask() {
        gateway.questions().balances(answers::add);
        run(2_000);
    }

    private void run(long ms) {
        time.runUntil(time.monotonicMs() + ms);
    }

    @Test
    void C4_shouldRaiseAnAlarmForARevokedKeyAndAskOnceAMinuteUntilItIsTakenAgain() {
        start();
        Runnable restore = exchange.revokeKey(KEY);
        ask();
        assertThat(answers).hasSize(1).noneMatch(VenueAnswer.Balances.class::isInstance);
        assertThat(gateway.isKeyRefused()).isTrue();
        network.cutAll(OrderSimulation.RESET);
        int before = network.attempts().size();
        run(10 * MINUTE_MS);
        assertThat(network.attempts().size() - before).isBetween(8, 11);
        assertThat(gateway.isKeyRefused()).isTrue();
        assertThat(gateway.isConnected()).isFalse();
        restore.run();
        run(2 * MINUTE_MS);
        assertThat(gateway.isConnected()).isTrue();
        assertThat(gateway.isKeyRefused()).isFalse();
        ask();
        assertThat(answers.get(1)).isInstanceOf(VenueAnswer.Balances.class);
    }

    @Test
    void C4_shouldReadAClockThatIsFiveSecondsOffAgainAndSendAQuestionOnceMore() {
        start();
        long before = gateway.requestCount();
        exchange.skew(-5_000);
        ask();
        assertThat(answers).hasSize(1).first().isInstanceOf(VenueAnswer.Balances.class);
        assertThat(gateway.requestCount() - before).isEqualTo(3); // refused, the time, once more
        assertThat(gateway.clockRefusals()).isZero();
        ask();
        assertThat(gateway.requestCount() - before).isEqualTo(4);
    }

    @Test
    void C4_shouldGiveUpAfterOneRetryAndRaiseAnAlarmWhenTheClockGoesOnDrifting() {
        start();
        long[] skewMs = {0};
        network.observe(sent -> {
            if (sent.contains("account")) {
                skewMs[0] -= 5_000;
                exchange.skew(skewMs[0]);
            }
        });
        long before = gateway.requestCount();
        ask();
        assertThat(answers).hasSize(1).first().isInstanceOf(VenueAnswer.Refused.class);
        assertThat(gateway.requestCount() - before).isEqualTo(3);
        assertThat(gateway.clockRefusals()).isEqualTo(1);
        assertThat(gateway.isKeyRefused()).isFalse();
    }
}
