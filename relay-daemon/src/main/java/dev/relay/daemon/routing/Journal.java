package dev.relay.daemon.routing;

import dev.relay.daemon.flow.LaneClass;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.flow.Stream;
import dev.relay.daemon.store.Batch;
import dev.relay.daemon.store.KeptRows;
import dev.relay.protocol.MessageHeader;
import java.util.concurrent.TimeUnit;

/**
 * Messages that asked to be kept for audit (flag JOURNAL): each is written with the cut that accepts it, acked or not, and stays for {@link BusConfig#journalDays} days.
 * What is older goes in chunks, one per {@value #FORGET_EVERY_MS} ms. Core thread only.
 */
final class Journal {
    private static final long FORGET_EVERY_MS = 10_000;

    private final Core core;
    private long lastNo;
    private long forgetAtNs;

    Journal(Core core) {
        this.core = core;
        this.lastNo = core.recovered.kept().lastJournal();
        this.forgetAtNs = core.startedNs;
    }

    void add(Batch batch, Message m) {
        Stream stream = m.stream;
        if (stream == null) {
            return;
        }
        byte[] frame = new byte[m.length];
        m.frame.get(0, frame);
        batch.kept.journal.add(new KeptRows.JournalRow(
                ++lastNo,
                core.clock.wallMs(),
                stream.sender.namespace,
                stream.sender.name,
                stream.target,
                LaneClass.nameOf(stream.streamClass),
                m.epoch,
                m.seq,
                MessageHeader.idMsb(m.frame, 0),
                MessageHeader.idLsb(m.frame, 0),
                frame));
        core.count(Counter.JOURNALED);
    }

    void onTimer(long nowNs) {
        if (lastNo > 0 && nowNs - forgetAtNs >= 0) {
            forgetAtNs = nowNs + TimeUnit.MILLISECONDS.toNanos(FORGET_EVERY_MS);
            core.next.kept.forgetJournalBeforeMs =
                    core.clock.wallMs() - TimeUnit.DAYS.toMillis(core.config.journalDays());
        }
    }
}
