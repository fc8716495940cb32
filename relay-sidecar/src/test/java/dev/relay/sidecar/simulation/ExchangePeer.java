package dev.relay.sidecar.simulation;

import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import org.jspecify.annotations.Nullable;

/** The local exchange itself, in one of the two languages that it speaks. */
record ExchangePeer(ExchangeCore exchange, boolean isKraken) implements Peer {
    @Override
    public @Nullable SocketSession open(String path, Outlet outlet) {
        return exchange.open(path, "", VirtualNetwork.ADDRESS, outlet);
    }

    @Override
    public RestAnswer rest(RestRequest request) {
        return exchange.rest(request);
    }

    @Override
    public void flush() {
        exchange.flushFast();
    }

    @Override
    public void beat() {
        exchange.flushSlow();
    }

    @Override
    public void fault(String symbol, DepthFault fault) {
        if (isKraken) {
            exchange.krakenFault(symbol, fault);
        } else {
            exchange.fault(symbol, fault);
        }
    }

    @Override
    public void mute() {
        exchange.mute();
    }

    @Override
    public void mute(String symbol) {
        exchange.mute(symbol);
    }
}
