package dev.relay.client;

import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * W3C trace context: what a handler sends belongs to the trace of the message that it handles. A trace begins where a send names its
 * {@link SendOptions#traceparent}; from there on it follows by itself, each send a new span of the same trace. A malformed context ends, as
 * the standard says. Any thread.
 */
public final class TraceContext {
    private static final Pattern FORM =
            Pattern.compile("[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");
    private static final int SPAN_AT = 36;
    private static final int SPAN_END = 52;
    private static final ThreadLocal<@Nullable String> CURRENT = new ThreadLocal<>();

    /** A new, sampled trace; for the {@code traceparent} of a first send. */
    public static String begin() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return "00-" + hex(random.nextLong()) + hex(random.nextLong()) + "-" + hex(random.nextLong()) + "-01";
    }

    /** The trace context of the message whose handler runs on this thread, else null. */
    public static @Nullable String current() {
        return CURRENT.get();
    }

    /** Runs this work as if it were a handler of a message with this context: for what a handler leaves to another thread. Null is outside of every trace. */
    public static <T> T within(@Nullable String context, Supplier<T> work) {
        String before = CURRENT.get();
        handling(context);
        try {
            return work.get();
        } finally {
            handling(before);
        }
    }

    /** The context of a send that names none: a new span of the current trace; null outside of a trace. */
    static @Nullable String inherited() {
        String parent = CURRENT.get();
        return parent == null ? null : child(parent);
    }

    /** A new span of the same trace. */
    static String child(String parent) {
        return parent.substring(0, SPAN_AT) + hex(ThreadLocalRandom.current().nextLong()) + parent.substring(SPAN_END);
    }

    /** Whoever began the trace wants its spans. */
    static boolean isSampled(String context) {
        return (Character.digit(context.charAt(context.length() - 1), 16) & 1) != 0;
    }

    /** The header block of an answer: it names its request's context, if that has one. */
    static HeaderBlock.@Nullable Builder answering(byte[] request) {
        String context = request.length == 0 ? null : in(request);
        return context == null ? null : new HeaderBlock.Builder().put(HeaderKey.TRACEPARENT, context);
    }

    /** Set before a handler, null after it. */
    static void handling(@Nullable String context) {
        if (context == null) {
            CURRENT.remove();
        } else {
            CURRENT.set(context);
        }
    }

    /** The context in a header block, null when there is none or it breaks the standard. */
    static @Nullable String in(byte[] block) {
        String text = HeaderBlock.text(block, HeaderKey.TRACEPARENT);
        return text != null && FORM.matcher(text).matches() ? text : null;
    }

    /** Sixteen digits, never all zero. */
    private static String hex(long value) {
        return String.format("%016x", value == 0 ? 1 : value);
    }

    private TraceContext() {}
}
