package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.FrameType;
import dev.relay.protocol.Limits;
import dev.relay.protocol.Names;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The short numbers of a connection: BIND gives one to a stream, and resumes it (rule R3), KIND to the kind of a message. Bounded by {@link Limits#MAX_HANDLES} each, and so are the streams of an agent. */
final class Bindings {
    private final Core core;
    private final Receipts receipts;
    private final Delivery delivery;
    private final Rights rights;

    Bindings(Core core, Receipts receipts, Delivery delivery) {
        this.core = core;
        this.receipts = receipts;
        this.delivery = delivery;
        this.rights = new Rights(core);
    }

    void onBind(Session session, Map<String, @Nullable Object> json) {
        long handle = Arguments.number(json, "handle", 0);
        String kind = Arguments.text(json, "target_kind", "");
        String target = Arguments.text(json, "target", "");
        boolean isTopics = kind.equals("topics");
        int streamClass = streamClass(kind, LaneClass.of(Arguments.text(json, "class", "message")));
        if (handle <= 0 || handle > Integer.MAX_VALUE || session.streams.size() >= Limits.MAX_HANDLES) {
            core.error(session, ErrorCode.BAD_HANDLE, "handle out of range or too many.", false, handle);
        } else if (streamClass < 0 || (isTopics ? !target.isEmpty() : !Names.isName(target))) {
            core.error(session, ErrorCode.BAD_NAME, "not a legal target: target=" + target + ".", false, handle);
        } else if (!core.hasRoomForStream(session.owner(), target, streamClass)) {
            core.error(
                    session,
                    ErrorCode.BAD_HANDLE,
                    "too many targets: limit=" + Limits.MAX_HANDLES + ".",
                    false,
                    handle);
        } else {
            bind(session, (int) handle, core.stream(session.owner(), target, streamClass), json);
        }
    }

    /** The class of a stream to this kind of target, or -1: a group takes messages only. */
    static int streamClass(String targetKind, int said) {
        return switch (targetKind) {
            case "topics" -> LaneClass.TOPIC;
            case "group" -> said == LaneClass.MESSAGE ? LaneClass.GROUP : -1;
            default -> said == LaneClass.TOPIC || said == LaneClass.GROUP ? -1 : said;
        };
    }

    private void bind(Session session, int handle, Stream stream, Map<String, @Nullable Object> json) {
        stream.resume(session.epoch, Arguments.number(json, "resolved_to", 0), core::receipted);
        if (stream.streamClass != LaneClass.EXPRESS) {
            core.dirtyMark(stream);
        }
        stream.isForbidden = !rights.maySend(stream);
        stream.session = session;
        stream.handle = handle;
        stream.refusedSeq = 0;
        session.streams.put(handle, stream);
        receipts.flush();
        core.control(
                session,
                FrameType.BOUND,
                Map.of("handle", (long) handle, "mark", stream.mark, "safe_to", stream.safeTo));
        delivery.announcements.repeatPressure(stream);
    }

    void onKind(Session session, Map<String, @Nullable Object> json) {
        long handle = Arguments.number(json, "handle", 0);
        String name = Arguments.text(json, "kind", "");
        int kind = Names.isKind(name) && session.kinds.size() < Limits.MAX_HANDLES ? core.kind(name) : 0;
        if (handle <= 0 || handle > Integer.MAX_VALUE || kind == 0) {
            core.error(session, ErrorCode.BAD_HANDLE, "bad kind or too many: kind=" + name + ".", false, handle);
        } else {
            session.kinds.put((int) handle, kind);
        }
    }
}
