package dev.relay.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Clients that nobody here wrote fetch and stream books, place, fill and cancel, and hear of it. */
class ForeignClientIT {
    private static final String ABSENT = "node absent: foreign clients were not run against the exchange";

    @Test
    void shouldServeCcxt() throws IOException, InterruptedException {
        check(
                "ccxt-check.mjs",
                "streamedBookEqualsTheExchanges",
                "userDataStreamed",
                "marketOrderFilled",
                "cancelOrder");
    }

    @Test
    void shouldServeTheBinancePackage() throws IOException, InterruptedException {
        check(
                "binance-check.mjs",
                "streamedBookEqualsTheExchanges",
                "socketOrderFilled",
                "userDataStreamed",
                "cancelOrder");
    }

    private static void check(String script, String... mustHold) throws IOException, InterruptedException {
        if (!ForeignProject.isRunnable()) {
            System.out.println(ABSENT);
            return;
        }
        ForeignProject.install();
        try (RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults())) {
            ForeignProject.Result result = ForeignProject.script(
                    script, Integer.toString(exchange.port()), "relay-demo-key", "relay-demo-secret");
            String printed = String.join("\n", result.lines());
            assertThat(result.exitCode()).as(printed).isZero();
            for (String name : List.of(mustHold)) {
                assertThat(printed).contains("{\"check\":\"" + name + "\",\"ok\":true");
            }
            assertThat(exchange.openOrdersOf("relay-demo-key")).isEmpty();
        }
    }
}
