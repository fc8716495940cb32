package dev.relay.sidecar.venue.binance.order;

import dev.relay.sidecar.venue.order.JsonRest;
import dev.relay.sidecar.venue.order.OrderConnection;
import dev.relay.sidecar.venue.order.PlacesUnderWay;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** How a request leaves for Binance: signed with the venue's time, by the socket or by REST. Thread "orders"; nothing here grows. */
final class BinanceWire {
    private final BinanceOrderConfig config;
    private final OrderConnection connection;
    private final OrderRest rest;
    private final Signer signer;
    private final PlacesUnderWay restPlaces = new PlacesUnderWay();

    BinanceWire(BinanceOrderConfig config, OrderConnection connection, JsonRest json) {
        this.config = config;
        this.connection = connection;
        this.signer = new Signer(config.secret());
        this.rest = new OrderRest(json, signer, config.apiKey());
    }

    /** False: the socket takes no more bytes; nothing was written. */
    boolean bySocket(long id, BinanceRequest request, long venueMs) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("id", Long.toString(id));
        message.put("method", request.call().method);
        if (request.call() != VenueCall.TIME) {
            message.put("params", signed(request, venueMs));
        }
        return connection.send(JsonRest.json(message));
    }

    private Map<String, Object> signed(BinanceRequest request, long venueMs) {
        Map<String, Object> params = new TreeMap<>(request.params());
        params.put("apiKey", config.apiKey());
        if (request.call() != VenueCall.SUBSCRIBE) {
            params.put("recvWindow", config.recvWindowMs());
        }
        params.put("timestamp", venueMs);
        params.put("signature", signer.sign(params));
        return params;
    }

    void byRest(BinanceRequest request, long venueMs, Consumer<OrderRest.Answer> onAnswer) {
        Map<String, Object> params = new LinkedHashMap<>(request.params());
        params.put("recvWindow", config.recvWindowMs());
        params.put("timestamp", venueMs);
        boolean isAwaited = request.call().changesRisk();
        rest.send(request.call(), params, true, isAwaited ? restPlaces.until(onAnswer) : onAnswer);
    }

    /** Runs {@code drained} when no order is under way by REST any more. */
    void drainRest(Runnable drained) {
        restPlaces.drain(drained);
    }

    void close() {
        rest.close();
    }
}
