package dev.relay.sidecar.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.relay.sidecar.redis.FaultProxy;
import java.io.IOException;
import java.net.URI;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Kraken's socket is away while its REST answers: what the order side does then, and that nothing was sent twice. */
class KrakenRestWayIT extends KrakenDesk {
    private final FaultProxy stream;

    KrakenRestWayIT() throws IOException {
        stream = new FaultProxy(exchange.port());
    }

    @AfterEach
    void stopStream() throws IOException {
        stream.close();
    }

    @Override
    OrderVenue venue() {
        String path = exchange.krakenPrivateUri().getPath();
        return venue(URI.create("ws://127.0.0.1:" + stream.port() + path), 60);
    }

    @Test
    void O1_placesAndCancelsGoByRestAndOneWithoutAnAnswerIsNotSentAgain() throws Exception {
        String first = placed(bid("50000.00", "0.1", "GTC"));
        stream.reset();
        await().atMost(PATIENCE).until(() -> !side.isLive());
        String second = placed(bid("50001.00", "0.2", "GTC"));
        assertThat(exchange.openOrdersOf(key)).hasSize(2);
        cancelled(first);
        exchange.fault("place-no-answer", "");
        placed(named(bid("50002.00", "0.4", "GTC")));
        awaitState(ID, "OPEN");
        exchange.fault("cancel-no-answer", "");
        cancelled(second);
        exchange.hit(key, "BTCUSD", ID, 0.5);
        assertThat(side.isLive()).as("the socket was away all the time").isFalse();
        stream.heal();
        awaitState(ID, "PARTIALLY_FILLED");
        awaitTruth();
        assertThat(exchange.ordersOf(key)).hasSize(3);
        assertThat(exchange.tradesOf(key)).hasSize(1);
    }
}
