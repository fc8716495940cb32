package dev.relay.sidecar.risk;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What closes the kill switch by itself: the day's loss, no believable price while orders are open, a margin call, a journal that cannot commit. The last two do so without
 * limits of risk, too.
 *
 * <p>The day starts at 00:00 UTC with the first equity known then, kept in the journal, so that a restart in the middle of a bad day does not forget the loss; deposits
 * and withdrawals move the baseline and are no profit; what cannot be valued yet waits, one sum an asset. Loss = baseline − equity, which is realised and unrealised in one. Thread "orders"; call {@link #look} about once a second.
 */
public final class SafetyWatch {
    static final String BASELINE = "risk_baseline";
    private static final long JOURNAL_KILL_MS = 10_000;

    private final RiskLimits limits;
    private final Account account;
    private final Marks marks;
    private final BiConsumer<String, String> journal;
    private final Map<String, BigDecimal> transfers = new LinkedHashMap<>();
    private String day = "";
    private BigDecimal baseline = BigDecimal.ZERO;
    private @Nullable BigDecimal equity;
    private long pricedAtMs = -1;
    private long journalWellAtMs = -1;

    /**
     * @param kept the baseline that the journal has under {@link #journalName}, if any
     * @param journal takes name and value to be committed
     */
    public SafetyWatch(
            RiskLimits limits,
            Account account,
            Marks marks,
            @Nullable String kept,
            BiConsumer<String, String> journal) {
        this.limits = limits;
        this.account = account;
        this.marks = marks;
        this.journal = journal;
        if (kept != null && kept.indexOf(' ') > 0) {
            day = kept.substring(0, kept.indexOf(' '));
            baseline = new BigDecimal(kept.substring(kept.indexOf(' ') + 1));
        }
    }

    public static String journalName() {
        return BASELINE;
    }

    /** A reason to kill, or null. */
    public @Nullable String look(long nowMs, long wallMs, boolean isJournalFailing) {
        String journalReason = journalReason(nowMs, isJournalFailing);
        String reason = journalReason != null ? journalReason : marginReason();
        if (!limits.isOn()) {
            return reason;
        }
        BigDecimal now = Equity.of(account, marks, limits.asset());
        equity = now;
        if (now == null) {
            return reason != null ? reason : stalenessReason(nowMs);
        }
        pricedAtMs = nowMs;
        valueTransfers();
        startDay(now, wallMs);
        return reason != null ? reason : lossReason(now);
    }

    private @Nullable String journalReason(long nowMs, boolean isFailing) {
        if (!isFailing || journalWellAtMs < 0) {
            journalWellAtMs = nowMs;
        }
        return nowMs - journalWellAtMs >= JOURNAL_KILL_MS ? "critical error: the journal cannot commit" : null;
    }

    private @Nullable String marginReason() {
        String call = account.marginCall();
        return call == null ? null : "margin call: " + call;
    }

    private @Nullable String stalenessReason(long nowMs) {
        if (pricedAtMs < 0 || !account.hasOpenOrders()) {
            pricedAtMs = nowMs;
        }
        boolean isOver = limits.staleKillMs() > 0 && nowMs - pricedAtMs >= limits.staleKillMs();
        return isOver ? "feed staleness: no believable price for ms=" + (nowMs - pricedAtMs) : null;
    }

    private void startDay(BigDecimal now, long wallMs) {
        String today = LocalDate.ofInstant(Instant.ofEpochMilli(wallMs), ZoneOffset.UTC)
                .toString();
        if (!today.equals(day) && now.signum() > 0) {
            day = today;
            transfers.clear(); // what is known now has them in it
            keep(now);
        }
    }

    private void keep(BigDecimal newBaseline) {
        baseline = newBaseline;
        journal.accept(BASELINE, day + " " + newBaseline.toPlainString());
    }

    private @Nullable String lossReason(BigDecimal now) {
        BigDecimal loss = baseline.subtract(now);
        BigDecimal limit = baseline.multiply(limits.dailyLoss());
        return baseline.signum() > 0 && loss.compareTo(limit) >= 0
                ? "daily loss=" + loss.toPlainString() + " limit=" + limit.toPlainString() + " day=" + day
                : null;
    }

    /** A deposit (positive) or withdrawal moved {@code amount} of an asset; the baseline follows as soon as it can be valued. */
    public void onTransfer(String asset, BigDecimal amount) {
        boolean isCounted = asset.equals(limits.asset())
                || account.instruments().stream().anyMatch(pair -> pair.symbol().equals(pairOf(asset)));
        if (isCounted && !day.isEmpty()) {
            transfers.merge(asset, amount, BigDecimal::add);
            valueTransfers();
        }
    }

    private void valueTransfers() {
        transfers.entrySet().removeIf(transfer -> {
            String asset = transfer.getKey();
            BigDecimal mark = asset.equals(limits.asset()) ? BigDecimal.ONE : marks.mark(pairOf(asset));
            if (mark != null) {
                keep(baseline.add(transfer.getValue().multiply(mark)));
            }
            return mark != null;
        });
    }

    private String pairOf(String asset) {
        return asset + "-" + limits.asset();
    }

    /** Null while a price is missing. */
    public @Nullable BigDecimal equity() {
        return equity;
    }

    public BigDecimal baseline() {
        return baseline;
    }
}
