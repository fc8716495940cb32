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
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Carries messages between the feed and an {@link ExchangeCore} with delays, in order, and counts what must not happen. */
final class VirtualNetwork implements Transport, RestCalls {
    static final String ADDRESS = "10.0.0.1";
    private static final long OWN_PING_MS = 1_500;
    private static final long REST_TIMEOUT_MS = 5_000;
    private static final Pattern THROTTLED = Pattern.compile("EService: Throttled: ([0-9]+)");
    private static final Pattern RETRY_AFTER = Pattern.compile("\"retryAfter\":([0-9]+)");

    private final VirtualTime time;
    private final ExchangeCore exchange;
    private final Peer peer;
    private final SplittableRandom random;
    private final Runnable beforeAnswer;
    private final List<VirtualLink> open = new ArrayList<>();
    private final List<Long> attempts = new ArrayList<>();
    private long unreachableUntilMs;
    private long socketsDownUntilMs;
    private long refusedAtMs;
    private long forbiddenUntilMs;
    private long restForbiddenUntilMs;
    private int forbiddenRequests;
    private int requests;
    private int framesToLose;
    private int process;
    private final List<Consumer<String>> observers = new ArrayList<>();

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

    /** Requests are answered, connections are not taken. */
    void socketsDownFor(long ms) {
        socketsDownUntilMs = time.monotonicMs() + ms;
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

    /** The process on this side is gone: what is answered to it nobody hears. */
    void endProcess() {
        process++;
        cutAll(new CloseReason(Kind.CONNECTION_LOST, 0, "reset"));
    }

    /** The next messages and requests on their way to the exchange get lost; connections stay. */
    void loseNextSends(int count) {
        framesToLose = count;
    }

    /** Hears every message and request that this side sends: WebSocket texts as they are, requests as verb, path and query. */
    void observe(Consumer<String> observer) {
        observers.add(observer);
    }

    private void onSending(String what) {
        observers.forEach(observer -> observer.accept(what));
        boolean isTold = time.monotonicMs() > refusedAtMs; // not in the moment in which it is on its way through
        boolean isMessage = what.startsWith("{");
        if (isTold && time.monotonicMs() < Math.max(forbiddenUntilMs, isMessage ? 0 : restForbiddenUntilMs)) {
            forbiddenRequests++;
        }
    }

    private boolean isLost() {
        if (framesToLose == 0) {
            return false;
        }
        framesToLose--;
        return true;
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
        onSending("connect");
        VirtualLink link = new VirtualLink(listener);
        time.schedule(() -> link.connect(uri), delayMs());
        return link;
    }

    /** Requests to this base. */
    RestCalls at(URI base) {
        return new RestCalls() {
            @Override
            public CompletableFuture<RestResponse> get(String pathAndQuery) {
                return send("GET", pathAndQuery, Map.of(), null);
            }

            @Override
            public CompletableFuture<RestResponse> send(
                    String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
                return VirtualNetwork.this.send(method, base.getPath() + pathAndQuery, headers, body);
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public CompletableFuture<RestResponse> get(String pathAndQuery) {
        return send("GET", pathAndQuery, Map.of(), null);
    }

    @Override
    public CompletableFuture<RestResponse> post(String path, String json) {
        return send("POST", path, Map.of(), json);
    }

    @Override
    public CompletableFuture<RestResponse> send(
            String method, String pathAndQuery, Map<String, String> headers, @Nullable String body) {
        requests++;
        String sent = body == null ? "" : body;
        onSending(method + ' ' + pathAndQuery + (sent.isEmpty() ? "" : ' ' + sent));
        CompletableFuture<RestResponse> answer = new CompletableFuture<>();
        if (isLost()) {
            timeOut(answer);
        } else {
            int asker = process;
            time.schedule(() -> answer(request(method, pathAndQuery, headers, sent), asker, answer), delayMs());
        }
        return answer;
    }

    private void timeOut(CompletableFuture<RestResponse> future) {
        time.schedule(() -> future.completeExceptionally(new HttpTimeoutException("no answer")), REST_TIMEOUT_MS);
    }

    /** Whichever venue's headers it has. */
    private static RestRequest request(String method, String pathAndQuery, Map<String, String> headers, String sent) {
        int question = pathAndQuery.indexOf('?');
        return new RestRequest(
                method,
                question < 0 ? pathAndQuery : pathAndQuery.substring(0, question),
                question < 0 ? "" : pathAndQuery.substring(question + 1),
                sent,
                first(headers, "X-MBX-APIKEY", "API-Key", "APCA-API-KEY-ID"),
                first(headers, "API-Sign", "APCA-API-SECRET-KEY"),
                ADDRESS);
    }

    private static @Nullable String first(Map<String, String> headers, String... names) {
        return Arrays.stream(names)
                .map(headers::get)
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private void answer(RestRequest request, int asker, CompletableFuture<RestResponse> future) {
        if (time.monotonicMs() < unreachableUntilMs) {
            future.completeExceptionally(new ConnectException("unreachable"));
            return;
        }
        beforeAnswer.run();
        RestAnswer answer = peer.rest(request);
        if (answer.isNone()) {
            timeOut(future);
            return;
        }
        byte[] body = answer.body().toString().getBytes(StandardCharsets.UTF_8);
        Map<String, List<String>> headers = new HashMap<>();
        answer.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        time.schedule(
                () -> {
                    if (asker == process) {
                        noteRefusal(answer);
                        noteLockout(body);
                    }
                    future.complete(new RestResponse(answer.status(), headers, body));
                },
                delayMs());
    }

    private void noteRefusal(RestAnswer answer) {
        if (answer.status() == 429 || answer.status() == 418) {
            refusedAtMs = time.monotonicMs();
        }
        String retryAfter = answer.headers().get("Retry-After");
        String reset = answer.status() == 429 ? answer.headers().get("X-RateLimit-Reset") : null;
        if (retryAfter != null) {
            forbiddenUntilMs = time.monotonicMs() + 1_000L * (Long.parseLong(retryAfter) - 1);
        } else if (reset != null) {
            restForbiddenUntilMs = untilMs(reset);
        }
    }

    /** Kraken's lockout is one of REST, as Alpaca's limit; messages of a connection that is open are no requests. */
    private void noteLockout(byte[] body) {
        Matcher throttled = THROTTLED.matcher(new String(body, StandardCharsets.UTF_8));
        if (throttled.find()) {
            refusedAtMs = time.monotonicMs();
            restForbiddenUntilMs = untilMs(throttled.group(1));
        }
    }

    private long untilMs(String epochSeconds) {
        return time.monotonicMs() + 1_000L * Long.parseLong(epochSeconds) - time.wallMs();
    }

    /** 429 and 418 on the WebSocket API name a moment of the wall clock. */
    private void noteRefusal(byte[] message) {
        String text = new String(message, StandardCharsets.UTF_8);
        if (text.contains("\"status\":429") || text.contains("\"status\":418")) {
            Matcher retryAfter = RETRY_AFTER.matcher(text);
            if (retryAfter.find()) {
                long waitMs = Long.parseLong(retryAfter.group(1)) - time.wallMs();
                forbiddenUntilMs = Math.max(forbiddenUntilMs, time.monotonicMs() + waitMs);
            }
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
            if (time.monotonicMs() < Math.max(unreachableUntilMs, socketsDownUntilMs)) {
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
                            noteRefusal(copy);
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
            onSending(text);
            if (isLost()) {
                return true;
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
