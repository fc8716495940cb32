package dev.relay.daemon.store;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The part of a {@link Batch} that is not streams, lanes and frames: application ids, the journal, options of lanes, dead letters that live again, rows of desks. Owned as the batch is. */
public final class KeptRows {
    /** Longs of one application id in {@link #appIds}: no, stream, epoch, seq, two of hash, check of the content, wall-clock time. */
    public static final int APP_ID_LONGS = 8;

    /** A message that asked to be kept for audit, as it was accepted. {@code no} rises. */
    public record JournalRow(
            long no,
            long atMs,
            String namespace,
            String sender,
            String target,
            String laneClass,
            long epoch,
            long seq,
            long idMsb,
            long idLsb,
            byte[] frame) {}

    /** How a lane behaves, by the numbers of {@code Lane}; {@code released}: dead letters up to there hold it no more; {@code revivedNo}: the dead letter whose
     * message lives again, 0 for none. */
    public record LaneOptionRow(
            int lane, int onDeadLetter, int overflow, long releasedEpoch, long releasedSeq, long revivedNo) {}

    /** What a desk of the daemon keeps under a key of its own; a null body deletes it. */
    public record Document(String desk, String namespace, String key, byte @Nullable [] body) {}

    /** What was read at start. {@code osBootFirst}: the first boot number of the daemon within this boot of the machine. */
    public record Kept(
            long osBootFirst,
            long lastDeadLetter,
            long lastJournal,
            List<LaneOptionRow> laneOptions,
            long[] appIds,
            List<Document> documents) {
        /** Nothing was kept; all frames are of this boot of the machine. */
        public static final Kept NOTHING = new Kept(0, 0, 0, List.of(), new long[0], List.of());
    }

    public final List<JournalRow> journal = new ArrayList<>();
    public final List<LaneOptionRow> laneOptions = new ArrayList<>();
    /** Numbers of dead letters whose messages wait in their lanes again. */
    public final List<Long> revived = new ArrayList<>();

    public final List<Document> documents = new ArrayList<>();

    private long[] appIds = new long[APP_ID_LONGS * 8];
    private int appIdCount;
    /** Application ids up to this number are forgotten, 0 for none. */
    public long forgetAppIdsTo;
    /** Rows of ids that went before their time, as their sender has used too many since. */
    public final List<Long> earlyAppIds = new ArrayList<>();
    /** Journal rows older than this may go, 0 for none. */
    public long forgetJournalBeforeMs;

    public void addAppId(long no, long stream, long epoch, long seq, long high, long low, long check, long atMs) {
        int at = appIdCount * APP_ID_LONGS;
        if (at == appIds.length) {
            appIds = Arrays.copyOf(appIds, 2 * at);
        }
        appIds[at] = no;
        appIds[at + 1] = stream;
        appIds[at + 2] = epoch;
        appIds[at + 3] = seq;
        appIds[at + 4] = high;
        appIds[at + 5] = low;
        appIds[at + 6] = check;
        appIds[at + 7] = atMs;
        appIdCount++;
    }

    public int appIdCount() {
        return appIdCount;
    }

    public long appId(int i, int field) {
        return appIds[i * APP_ID_LONGS + field];
    }

    public boolean isEmpty() {
        return journal.isEmpty()
                && laneOptions.isEmpty()
                && revived.isEmpty()
                && documents.isEmpty()
                && appIdCount == 0
                && forgetAppIdsTo == 0
                && forgetJournalBeforeMs == 0;
    }

    void clear() {
        journal.clear();
        laneOptions.clear();
        revived.clear();
        documents.clear();
        appIdCount = 0;
        forgetAppIdsTo = 0;
        earlyAppIds.clear();
        forgetJournalBeforeMs = 0;
    }
}
