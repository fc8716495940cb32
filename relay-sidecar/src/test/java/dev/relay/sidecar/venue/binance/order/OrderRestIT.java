package dev.relay.sidecar.venue.binance.order;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.exchange.AccountConfig;
import dev.relay.exchange.ExchangeConfig;
import dev.relay.exchange.RelayExchange;
import dev.relay.sidecar.net.RestClient;
import dev.relay.sidecar.venue.order.JsonRest;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way out while the socket is down, against the local exchange. */
class OrderRestIT {
    private static final String ID = "00112233445566778899aabbccddeeff";
    private final RelayExchange exchange = RelayExchange.start(ExchangeConfig.defaults()
            .withAccounts(List.of(AccountConfig.ready("rest")))
            .withFlow(0));

    @AfterEach
    void stop() {
        exchange.close();
    }

    @Test
    void shouldPlaceQueryAndCancelBySignedRequests() throws Exception {
        try (OrderRest rest = rest(exchange.restUri(), "relay-rest-secret")) {
            Map<String, Object> order = new LinkedHashMap<>();
            order.put("symbol", "BTCUSDT");
            order.put("side", "BUY");
            order.put("type", "LIMIT");
            order.put("timeInForce", "GTC");
            order.put("price", "50000");
            order.put("quantity", "0.1");
            order.put("newClientOrderId", ID);
            OrderRest.Answer placed = call(rest, VenueCall.PLACE, order);
            assertThat(placed.status()).as("%s", placed).isEqualTo(200);
            Map<String, Object> identity = Map.of("symbol", "BTCUSDT", "origClientOrderId", ID);
            assertThat(call(rest, VenueCall.QUERY, identity)
                            .body()
                            .path("status")
                            .asText())
                    .isEqualTo("NEW");
            assertThat(call(rest, VenueCall.CANCEL, identity)
                            .body()
                            .path("status")
                            .asText())
                    .isEqualTo("CANCELED");
            assertThat(call(rest, VenueCall.OPEN_ORDERS, Map.of()).body()).isEmpty();
        }
    }

    @Test
    void shouldTellABadSignature() throws Exception {
        try (OrderRest rest = rest(exchange.restUri(), "wrong")) {
            assertThat(call(rest, VenueCall.ACCOUNT, Map.of())
                            .body()
                            .path("code")
                            .asInt())
                    .isEqualTo(-1022);
        }
    }

    @Test
    void shouldKnowThatNothingWasWrittenWhenNobodyListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket()) {
            free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            port = free.getLocalPort();
        }
        try (OrderRest rest = rest(URI.create("http://127.0.0.1:" + port), "any")) {
            assertThat(call(rest, VenueCall.ACCOUNT, Map.of()).wasWritten()).isFalse();
        }
    }

    private static OrderRest rest(URI base, String secret) {
        return new OrderRest(
                new JsonRest(new RestClient(base, Duration.ofSeconds(5)), Runnable::run, () -> {}),
                new Signer(secret),
                "relay-rest-key");
    }

    private static OrderRest.Answer call(OrderRest rest, VenueCall call, Map<String, Object> params) throws Exception {
        Map<String, Object> all = new LinkedHashMap<>(params);
        all.put("timestamp", System.currentTimeMillis());
        CompletableFuture<OrderRest.Answer> answer = new CompletableFuture<>();
        rest.send(call, all, true, answer::complete);
        return answer.get(10, TimeUnit.SECONDS);
    }
}
