package dev.relay.daemon.routing;

import dev.relay.daemon.flow.AppIdIndex;
import dev.relay.daemon.flow.Stream;
import dev.relay.protocol.Flags;
import dev.relay.protocol.MessageHeader;
import java.nio.ByteBuffer;

/**
 * Calls that were accepted before, known again by their number at any age, or by an id of the application within its day (I7). They are delivered to nobody and told what the first was told.
 * Core thread only; keeps nothing of its own.
 */
final class Duplicates {
    private final Core core;
    private final Results results;
    private final AppIds appIds;

    Duplicates(Core core, Results results, AppIds appIds) {
        this.core = core;
        this.results = results;
        this.appIds = appIds;
    }

    /** Seen before by its number: the receipt again, and the outcome if there is one. */
    void onDuplicate(Stream stream, ByteBuffer b, int at, long seq) {
        core.count(Counter.DUPLICATES);
        stream.isReceiptAsked = true;
        core.dirtyReceipt(stream);
        if ((MessageHeader.flags(b, at) & Flags.WANT_RESULT) != 0 && !isTold(stream, b, at, seq)) {
            results.ask(stream, seq);
        }
    }

    /** Whether it was itself a duplicate by its application's id, and is told by the first of these. */
    private boolean isTold(Stream stream, ByteBuffer b, int at, long seq) {
        AppIdIndex index = appIds.index(stream.sender);
        if ((MessageHeader.flags(b, at) & Flags.APP_ID) == 0 || index == null || !AppIds.isLegal(b, at)) {
            return false;
        }
        int found = appIds.find(stream.sender, b, at);
        boolean isOwn = found >= 0
                && index.stream(found) == stream.id
                && index.epoch(found) == stream.epoch
                && index.seq(found) == seq;
        if (found < 0 || isOwn) {
            return false;
        }
        askForTwin(stream, b, at, index, found);
        return true;
    }

    /** Its result is that of the first call with its id. */
    void askForTwin(Stream stream, ByteBuffer b, int at, AppIdIndex index, int found) {
        Stream first = core.streamsById.get(index.stream(found));
        if (first != null && (MessageHeader.flags(b, at) & Flags.WANT_RESULT) != 0) {
            results.askForTwin(
                    stream,
                    MessageHeader.epoch(b, at),
                    MessageHeader.seq(b, at),
                    first,
                    index.epoch(found),
                    index.seq(found));
        }
    }
}
