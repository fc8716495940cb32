package dev.relay.sidecar.net;

import java.net.URI;

/** Opens message connections. Returns at once; the outcome arrives at the listener. */
public interface Transport {
    Link open(URI uri, WsConfig config, LinkListener listener);
}
