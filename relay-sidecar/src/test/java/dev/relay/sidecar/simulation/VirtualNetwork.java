package dev.relay.sidecar.simulation;

import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.stream.SocketSession;
import dev.relay.sidecar.net.CloseReason;
import dev.relay.sidecar.net.CloseReason.Kind;
import dev.relay.sidecar.net.Link;
import dev.relay.sidecar.net.LinkListener;
import dev.relay.sidecar.net.RestCalls;
import dev.relay.sidecar.net.RestResponse;
import dev.relay.sidecar.net.Transport;
import dev.relay.sidecar.net.WsConfig;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Carries messages between the feed and an {@link ExchangeCore} with delays, in order, and counts what must not happen. */
final class VirtualNetwork implements Transport, RestCalls {
    static final String ADDRESS = "10.0.0.1";
    private static final long OWN_PING_MS = 1_500;

    private final VirtualTime time;
    private final ExchangeCore exchange;
    private final Peer peer;
    private final SplittableRandom random;
    private final Runnable beforeAnswer;
    private final List<VirtualLink> open = new ArrayList<>();
    private final List<Long> attempts = new ArrayList<>();
    private long unreachableUntilMs;
    private long forbiddenUntilMs;
    private int forbiddenRequests;
    private int requests;

    VirtualNetwork(VirtualTime time, ExchangeCore exchange, Peer peer, long seed, Runnable beforeAnswer) {
        this.time = time;
        this.exchange = exchange;
        this.peer = peer;
        this.random = new SplittableRandom(seed);
        this.beforeAnswer = beforeAnswer;
    }

    /** No name is resolved and no request arrives for so long. */
    void unreachableFor(long ms) {
        unreachableUntilMs = time.monotonicMs() + ms;
    }

    void cutAll(CloseReason reason) {
        List.copyOf(open).forEach(link -> link.cut(reason));
    }

    /** Says that the venue stops to all who are connected now, and cuts exactly those a while later. */
    void shutDown(long graceMs) {
        List<VirtualLink> told = List.copyOf(open);
        told.forEach(link -> {
            SocketSession session = link.session;
            if (session != null) {
                session.onShutdown();
            }
        });
        CloseReason reason = new CloseReason(Kind.PEER_CLOSED, 1012, "server shutdown");
        time.schedule(() -> told.forEach(link -> link.cut(reason)), graceMs);
    }

    List<Long> attempts() {
        return attempts;
    }

    /** Requests sent although the exchange had said when to come again. */
    int forbiddenRequests() {
        return forbiddenRequests;
    }

    int requests() {
        return requests;
    }

    private long delayMs() {
        return 1L + random.nextInt(20);
    }

    @Override
    public Link open(URI uri, WsConfig config, LinkListener listener) {
        attempts.add(time.monotonicMs());
        VirtualLink link = new VirtualLink(listener);
        time.schedule(() -> link.connect(uri), delayMs());
        return link;
    }

    @Override
    public CompletableFuture<RestResponse> get(String pathAndQuery) {
        return ask("GET", pathAndQuery, "");
    }

    @Override
    public CompletableFuture<RestResponse> post(String path, String json) {
        return ask("POST", path, json);
    }

    private CompletableFuture<RestResponse> ask(String method, String pathAndQuery, String body) {
        requests++;
        if (time.monotonicMs() < forbiddenUntilMs) {
            forbiddenRequests++;
        }
        CompletableFuture<RestResponse> answer = new CompletableFuture<>();
        time.schedule(() -> answer(method, pathAndQuery, body, answer), delayMs());
        return answer;
    }

    private void answer(String method, String pathAndQuery, String sent, CompletableFuture<RestResponse> future) {
        if (time.monotonicMs() < unreachableUntilMs) {
            future.completeExceptionally(new java.net.ConnectException("unreachable"));
            return;
        }
        int question = pathAndQuery.indexOf('?');
        String path = question < 0 ? pathAndQuery : pathAndQuery.substring(0, question);
        String query = question < 0 ? "" : pathAndQuery.substring(question + 1);
        beforeAnswer.run();
        RestAnswer answer = peer.rest(new RestRequest(method, path, query, sent, null, ADDRESS));
        byte[] body = answer.body().toString().getBytes(StandardCharsets.UTF_8);
        Map<String, List<String>> headers = new HashMap<>();
        answer.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        time.schedule(
                () -> {
                    noteRefusal(answer);
                    future.complete(new RestResponse(answer.status(), headers, body));
                },
                delayMs());
    }

    private void noteRefusal(RestAnswer answer) {
        String retryAfter = answer.headers().get("Retry-After");
        if (retryAfter != null) {
            forbiddenUntilMs = time.monotonicMs() + 1_000L * (Long.parseLong(retryAfter) - 1);
        }
    }

    @Override
    public void close() {}

    /** One WebSocket. */
    private final class VirtualLink implements Link {
        private final LinkListener listener;
        private @Nullable SocketSession session;
        private boolean isOpen;
        private boolean ended;
        private long lastDeliveryMs;
        private long lastReadMs;
        private long lastSendMs;

        VirtualLink(LinkListener listener) {
            this.listener = listener;
        }

        void connect(URI uri) {
            if (ended) {
                return;
            }
            if (time.monotonicMs() < unreachableUntilMs) {
                end(new CloseReason(Kind.CONNECT_FAILED, 0, "host not resolved"));
                return;
            }
            SocketSession accepted = exchange.admitConnect(ADDRESS) ? peer.open(uri.getPath(), this::deliver) : null;
            if (accepted == null) {
                end(new CloseReason(Kind.HANDSHAKE_FAILED, 0, "refused"));
                return;
            }
            session = accepted;
            isOpen = true;
            lastReadMs = time.monotonicMs();
            open.add(this);
            listener.onOpen(this);
            accepted.onStarted();
        }

        private void deliver(byte[] message) {
            byte[] copy = message.clone();
            lastDeliveryMs = Math.max(lastDeliveryMs, time.monotonicMs() + delayMs());
            time.schedule(
                    () -> {
                        if (isOpen) {
                            lastReadMs = time.monotonicMs();
                            listener.onText(copy, copy.length);
                        }
                    },
                    lastDeliveryMs - time.monotonicMs());
        }

        @Override
        public boolean send(String text) {
            SocketSession current = session;
            if (!isOpen || current == null) {
                return false;
            }
            lastSendMs = Math.max(lastSendMs, time.monotonicMs() + delayMs());
            time.schedule(
                    () -> {
                        if (!isOpen) {
                            return;
                        }
                        if (current.admitMessage()) {
                            beforeAnswer.run();
                            current.onText(text);
                        } else {
                            cut(new CloseReason(Kind.PEER_CLOSED, 1008, "Too many requests"));
                        }
                    },
                    lastSendMs - time.monotonicMs());
            return true;
        }

        @Override
        public boolean isOpen() {
            return isOpen;
        }

        @Override
        public void close() {
            time.execute(() -> cut(new CloseReason(Kind.LOCAL, 0, "")));
        }

        /** An idle peer still answers this side's own pings. */
        @Override
        public long lastReadAtMs() {
            return Math.max(lastReadMs, time.monotonicMs() - OWN_PING_MS);
        }

        void cut(CloseReason reason) {
            SocketSession current = session;
            if (current != null) {
                current.onClosed();
                session = null;
            }
            open.remove(this);
            end(reason);
        }

        private void end(CloseReason reason) {
            isOpen = false;
            if (!ended) {
                ended = true;
                listener.onClosed(reason);
            }
        }
    }
}
