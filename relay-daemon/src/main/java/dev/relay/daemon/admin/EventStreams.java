package dev.relay.daemon.admin;

import dev.relay.daemon.routing.BusSnapshot;
import dev.relay.daemon.routing.HealthRules;
import dev.relay.protocol.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Server-sent events at {@code /events}: what the daemon is like now, once a second, to every open page the same text, made only while
 * somebody listens. At most {@value #MAX_STREAMS} streams, one more ends the oldest (its page connects again); a page that does not read
 * misses pictures and is closed after {@value #MAX_MISSED}. Admin thread.
 */
final class EventStreams {
    static final int MAX_STREAMS = 8;
    private static final int MAX_MISSED = 10;
    private static final long EVERY_MS = 1_000;

    private final CoreView core;
    private final Readiness readiness;
    private final Map<Channel, Integer> missed = new LinkedHashMap<>();
    private @Nullable Future<?> timer;
    private boolean isAsking;

    EventStreams(CoreView core, Readiness readiness) {
        this.core = core;
        this.readiness = readiness;
    }

    /** Answers with a stream that stays open; {@code headers} are those of every answer. */
    void open(Channel channel, Map<String, String> headers) {
        if (missed.size() >= MAX_STREAMS) {
            end(missed.keySet().iterator().next());
        }
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        headers.forEach(response.headers()::set);
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/event-stream; charset=utf-8")
                .set(HttpHeaderNames.CONNECTION, "close");
        ChannelFuture unused = channel.writeAndFlush(response);
        missed.put(channel, 0);
        channel.closeFuture().addListener(closed -> remove(channel));
        if (timer == null) {
            timer = channel.eventLoop().scheduleAtFixedRate(this::tick, 0, EVERY_MS, TimeUnit.MILLISECONDS);
        }
    }

    private void remove(Channel channel) {
        missed.remove(channel);
        Future<?> running = timer;
        if (missed.isEmpty() && running != null) {
            running.cancel(false);
            timer = null;
        }
    }

    private static void end(Channel channel) {
        ChannelFuture unused = channel.close();
    }

    /** One question to the core at a time; a stuck core is itself what is told. */
    private void tick() {
        if (isAsking || missed.isEmpty()) {
            return;
        }
        isAsking = true;
        Channel any = missed.keySet().iterator().next();
        CompletableFuture<Map<String, Object>> asked = picture();
        CompletableFuture<Map<String, Object>> unused = asked.whenComplete(
                (picture, failure) -> any.eventLoop().execute(() -> tell(failure == null ? picture : stuck())));
    }

    private CompletableFuture<Map<String, Object>> picture() {
        return core.fresh()
                .thenCompose(facts -> core.operate(CorePages.WHO, "agents", Map.of())
                        .thenCombine(
                                core.operate(CorePages.WHO, "lane.ls", Map.of()),
                                (agents, lanes) -> picture(facts, agents.result(), lanes.result())));
    }

    private Map<String, Object> picture(BusSnapshot facts, Map<String, ?> agents, Map<String, ?> lanes) {
        Map<String, Object> status = new LinkedHashMap<>(AdminPages.statusOf(facts));
        status.put("phase", readiness.phase().name());
        status.put("spilled", facts.spilledMessages());
        status.put("queued_bytes", facts.queuedBytes());
        status.put("counters", facts.counters());
        status.put("refused", nonZero(facts.refused()));
        status.put("dead_by_reason", nonZero(facts.deadByReason()));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", status);
        json.put("health", HealthRules.judge(facts).asJson());
        json.putAll(agents);
        json.putAll(lanes);
        return json;
    }

    private static Map<String, Long> nonZero(Map<String, Long> counts) {
        Map<String, Long> some = new LinkedHashMap<>();
        counts.forEach((name, count) -> {
            if (count != 0) {
                some.put(name, count);
            }
        });
        return some;
    }

    private static Map<String, Object> stuck() {
        return Map.of("health", HealthRules.stuck().asJson());
    }

    private void tell(Map<String, Object> picture) {
        isAsking = false;
        byte[] text = ("data: " + Json.write(picture) + "\n\n").getBytes(StandardCharsets.UTF_8);
        List<Channel> gone = new ArrayList<>();
        Set<Channel> open = new LinkedHashSet<>(missed.keySet());
        for (Channel channel : open) {
            if (channel.isWritable()) {
                missed.put(channel, 0);
                ChannelFuture unused = channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(text)));
            } else if (missed.merge(channel, 1, Integer::sum) > MAX_MISSED) {
                gone.add(channel);
            }
        }
        gone.forEach(EventStreams::end);
    }
}
