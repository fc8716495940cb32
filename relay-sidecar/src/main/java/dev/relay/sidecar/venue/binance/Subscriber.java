package dev.relay.sidecar.venue.binance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.net.WsClient;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscribes one connection to the depth and bookTicker streams of all symbols, a page at a time, each page sent when the
 * one before is confirmed (the venue takes five messages a second). An unanswered page ends the connection. Feed thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // the timer ends the connection, which is reported
final class Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SYMBOLS_PER_PAGE = 50;
    private static final int PAUSE_MS = 250;
    private static final int ANSWER_TIMEOUT_MS = 10_000;

    /** What a control frame meant. */
    enum Step {
        NONE,
        SUBSCRIBED,
        REFUSED,
        SHUTDOWN
    }

    private final WsClient client;
    private final EventLoop loop;
    private final List<String> names;
    private int pageId;
    private int sent;
    private boolean isDone;

    Subscriber(WsClient client, EventLoop loop, List<String> names) {
        this.client = client;
        this.loop = loop;
        this.names = names;
    }

    void start() {
        sendPage();
    }

    private void sendPage() {
        int to = Math.min(names.size(), sent + SYMBOLS_PER_PAGE);
        List<String> params = new ArrayList<>();
        for (String name : names.subList(sent, to)) {
            params.add("\"" + name + "@depth@100ms\"");
            params.add("\"" + name + "@bookTicker\"");
        }
        sent = to;
        int id = ++pageId;
        boolean accepted = client.send(
                "{\"method\":\"SUBSCRIBE\",\"params\":[" + String.join(",", params) + "],\"id\":" + id + "}");
        if (!accepted) {
            client.close();
            return;
        }
        loop.schedule(() -> onTimeout(id), ANSWER_TIMEOUT_MS, TimeUnit.MILLISECONDS);
    }

    private void onTimeout(int id) {
        if (!isDone && id == pageId && client.isOpen()) {
            LOG.warn("subscribe_unanswered id={}", id);
            client.close();
        }
    }

    /** An answer, an announcement, or something of no interest. */
    Step onControl(byte[] bytes, int length) {
        try {
            JsonNode frame = JSON.readTree(bytes, 0, length);
            if (isShutdown(frame)) {
                return Step.SHUTDOWN;
            }
            return isDone || frame.has("stream") ? Step.NONE : onAnswer(frame);
        } catch (IOException e) {
            LOG.warn("control_frame_unreadable problem={}", e.getMessage());
            return Step.REFUSED;
        }
    }

    private static boolean isShutdown(JsonNode frame) {
        return "!serverShutdown".equals(frame.path("stream").asText())
                || "serverShutdown".equals(frame.path("e").asText());
    }

    private Step onAnswer(JsonNode frame) {
        if (frame.has("code") || frame.has("error")) {
            LOG.error("subscribe_refused answer={}", frame);
            return Step.REFUSED;
        }
        if (frame.path("id").asInt(-1) != pageId || !frame.has("result")) {
            return Step.NONE;
        }
        if (sent < names.size()) {
            loop.schedule(this::sendPage, PAUSE_MS, TimeUnit.MILLISECONDS);
            return Step.NONE;
        }
        isDone = true;
        return Step.SUBSCRIBED;
    }
}
