package dev.relay.sidecar.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.exchange.BookView;
import dev.relay.exchange.ExchangeCore;
import dev.relay.exchange.api.DepthFault;
import dev.relay.exchange.http.RestAnswer;
import dev.relay.exchange.http.RestRequest;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A venue that the local exchange does not speak, over the same books: a subclass knows its messages, this class who
 * listens to what, and the faults on the way.
 */
abstract class StreamPeer implements Peer {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LATE_MESSAGES = 5;

    private final ExchangeCore exchange;
    private final VirtualTime time;
    private final int window;
    private final List<Session> sessions = new ArrayList<>();
    private final Map<String, Queue<DepthFault>> faults = new HashMap<>();

    /** @param window levels a side that the venue tells */
    StreamPeer(ExchangeCore exchange, VirtualTime time, int window) {
        this.exchange = exchange;
        this.time = time;
        this.window = window;
    }

    /** One connection. */
    final class Session implements SocketSession {
        private final Outlet outlet;
        private final Map<String, ToldBook> books = new LinkedHashMap<>();
        private final Map<String, Queue<String>> held = new HashMap<>();
        private final Map<String, String> late = new HashMap<>();
        private final Map<String, Integer> lateIn = new HashMap<>();
        long sequence;

        Session(Outlet outlet) {
            this.outlet = outlet;
        }

        @Override
        public void onText(String text) {
            onMessage(this, text);
        }

        void say(String text) {
            outlet.send(text.getBytes(StandardCharsets.UTF_8));
        }

        /** The symbol's book is told from now on, beginning with the whole of it. */
        void listen(String symbol) {
            ToldBook told = new ToldBook();
            books.put(symbol, told);
            BookView book = book(symbol);
            String text = encode(this, symbol, told, told.whole(book), book, true);
            told.id = book.lastUpdateId();
            say(text);
        }

        void stop(String symbol) {
            books.remove(symbol);
            held.remove(symbol);
            late.remove(symbol);
        }

        private boolean hasChanges(String symbol) {
            ToldBook told = books.get(symbol);
            return told != null && told.id != book(symbol).lastUpdateId();
        }

        private void tell(String symbol, @Nullable DepthFault fault) {
            ToldBook told = books.get(symbol);
            BookView book = book(symbol);
            if (told == null || told.id == book.lastUpdateId()) {
                return;
            }
            ToldBook.Levels levels = isWhole() ? told.whole(book) : told.changes(book);
            ToldBook.Levels struck = fault == null ? levels : levels.struck(fault, book);
            String text = encode(this, symbol, told, struck, book, isWhole());
            told.id = book.lastUpdateId();
            carry(symbol, text, fault);
        }

        private void carry(String symbol, String text, @Nullable DepthFault fault) {
            if (fault == DepthFault.REORDER) {
                held.computeIfAbsent(symbol, unused -> new ArrayDeque<>()).add(text);
            } else if (fault == DepthFault.LATE) {
                late.put(symbol, text);
                lateIn.put(symbol, LATE_MESSAGES);
            } else if (fault != DepthFault.GAP) {
                pass(symbol, text, fault);
            }
        }

        private void pass(String symbol, String text, @Nullable DepthFault fault) {
            say(
                    fault == DepthFault.BROKEN
                            ? text.substring(0, text.length() / 2)
                            : fault == DepthFault.UNKNOWN_FIELD
                                    ? "{\"zz\":{\"levels\":[[1,\"\\\"\"]]}," + text.substring(1)
                                    : text);
            if (fault == DepthFault.DUPLICATE) {
                say(text);
            }
            Queue<String> waiting = held.remove(symbol);
            if (waiting != null) {
                waiting.forEach(this::say);
            }
            if (lateIn.merge(symbol, -1, Integer::sum) == 0) {
                String delayed = late.remove(symbol);
                if (delayed != null) {
                    say(delayed);
                }
            }
        }

        @Override
        public void onClosed() {
            sessions.remove(this);
        }

        @Override
        public void onShutdown() {
            announceEnd(this);
        }

        @Override
        public boolean admitMessage() {
            return true;
        }
    }

    /** Whether every message is a whole book. */
    abstract boolean isWhole();

    /** One book message. */
    abstract String encode(
            Session session, String symbol, ToldBook told, ToldBook.Levels levels, BookView book, boolean isWhole);

    abstract void onMessage(Session session, String text);

    /** Once a second, to each connection. */
    void onBeat(Session session) {}

    /** Says that this connection will be ended soon, where the venue says such a thing. */
    void announceEnd(Session session) {}

    /** The body of an answer over REST. */
    abstract String answer(String path, String query);

    BookView book(String symbol) {
        return exchange.book(symbol, window);
    }

    long nowMs() {
        return time.wallMs();
    }

    String isoTime() {
        return Instant.ofEpochMilli(time.wallMs()).toString();
    }

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public SocketSession open(String path, Outlet outlet) {
        Session session = new Session(outlet);
        sessions.add(session);
        return session;
    }

    @Override
    public RestAnswer rest(RestRequest request) {
        return RestAnswer.ok(json(answer(request.path(), request.rawQuery())));
    }

    @Override
    public void flush() {
        for (String symbol : List.of(Simulation.VICTIM, Simulation.OTHER)) {
            boolean isHeard = sessions.stream().anyMatch(session -> session.hasChanges(symbol));
            Queue<DepthFault> waiting = faults.get(symbol);
            DepthFault fault = isHeard && waiting != null ? waiting.poll() : null;
            List.copyOf(sessions).forEach(session -> session.tell(symbol, fault));
        }
    }

    @Override
    public void beat() {
        List.copyOf(sessions).forEach(this::onBeat);
    }

    @Override
    public void fault(String symbol, DepthFault fault) {
        faults.computeIfAbsent(symbol, unused -> new ArrayDeque<>()).add(fault);
    }

    @Override
    public void mute() {
        sessions.clear();
    }

    @Override
    public void mute(String symbol) {
        sessions.forEach(session -> session.stop(symbol));
    }
}
