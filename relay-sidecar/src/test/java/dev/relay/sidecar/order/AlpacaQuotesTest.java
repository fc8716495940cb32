package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.sidecar.venue.alpaca.order.AlpacaOrderConfig;
import java.net.URI;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What shares are worth, by scripted answers and a time of its own. */
class AlpacaQuotesTest extends GatewayDesk {
    private static final String SHARES = "AAPL-USD";

    AlpacaQuotesTest() {
        super(
                AlpacaOrderConfig.of(
                        URI.create("http://127.0.0.1:1/alpaca"),
                        URI.create("ws://127.0.0.1:1/alpaca/stream"),
                        "k",
                        "s"),
                AlpacaOrderConfig.instrument("AAPL"));
    }

    private void quote(String bid, String ask, long atMs) {
        answer(
                200,
                "{\"quotes\":{\"AAPL\":{\"bp\":" + bid + ",\"ap\":" + ask + ",\"t\":\"" + Instant.ofEpochMilli(atMs)
                        + "\"}}}");
    }

    @Test
    void aShareIsWorthTheMiddleOfItsLatestQuoteUntilThatIsTooOld() {
        assertThat(venue.mark(SHARES)).isNull();
        quote("190.10", "190.13", nowMs);
        venue.tick(nowMs);
        assertThat(asked).containsExactly("GET /v2/stocks/quotes/latest?symbols=AAPL");
        assertThat(venue.mark(SHARES)).isEqualByComparingTo("190.115");
        venue.tick(nowMs + 1_000);
        assertThat(asked).as("every two seconds").hasSize(1);
        nowMs += 30_000;
        assertThat(venue.mark(SHARES)).isNotNull();
        nowMs++;
        assertThat(venue.mark(SHARES)).isNull();
    }

    @Test
    void aCrossedOrMissingQuoteAndAnErrorTellNothing() {
        quote("190.13", "190.10", nowMs);
        venue.tick(nowMs);
        nowMs += 2_000;
        answer(200, "{\"quotes\":{}}");
        venue.tick(nowMs);
        nowMs += 2_000;
        answer(429, "{\"message\":\"too many requests\"}");
        venue.tick(nowMs);
        assertThat(asked).hasSize(3);
        assertThat(venue.mark(SHARES)).isNull();
        assertThat(venue.budgetLeft()).as("trading is not limited by it").containsEntry("closed_for_ms", 0L);
    }
}
