package dev.relay.cli;

import java.io.PrintStream;
import java.util.Locale;

/**
 * How far long work is, on standard error: on a terminal one line that is written over, ten times a second at most; elsewhere nothing, so
 * that logs stay readable. Closing it ends the line. One thread.
 */
final class Progress implements AutoCloseable {
    private static final int BAR = 30;
    private static final long EVERY_NS = 100_000_000;

    private final PrintStream err;
    private final boolean isShown;
    private String what;
    private long total;
    private long drawnAtNs = Long.MIN_VALUE;
    private long done;

    /** {@code total} 0: how much there is to do is not known. */
    Progress(String what, long total) {
        this(System.err, what, total, Tty.isErr());
    }

    /** Of a command that prints its result to {@code out}: a program that reads JSON gets nothing else. */
    static Progress of(Output out, String what, long total) {
        return new Progress(System.err, what, total, Tty.isErr() && !out.isJson());
    }

    Progress(PrintStream err, String what, long total, boolean isShown) {
        this.err = err;
        this.what = what;
        this.total = total;
        this.isShown = isShown;
    }

    void step() {
        to(done + 1);
    }

    /** Work of several parts: which of them, and how far it is. */
    void at(String part, long now, long of) {
        what = part;
        total = of;
        to(now);
    }

    void to(long now) {
        done = now;
        long at = System.nanoTime();
        if (isShown && (drawnAtNs == Long.MIN_VALUE || at - drawnAtNs >= EVERY_NS)) {
            drawnAtNs = at;
            draw();
        }
    }

    private void draw() {
        err.print("\r" + line(what, done, total) + "\u001b[K");
        err.flush();
    }

    static String line(String what, long done, long total) {
        if (total <= 0) {
            return what + " " + done;
        }
        long share = Math.min(total, done);
        int full = (int) (BAR * share / total);
        return String.format(
                Locale.ROOT,
                "%s [%s%s] %3d %% %d of %d",
                what,
                "#".repeat(full),
                ".".repeat(BAR - full),
                100 * share / total,
                done,
                total);
    }

    @Override
    public void close() {
        if (isShown && drawnAtNs != Long.MIN_VALUE) {
            draw();
            err.println();
        }
    }
}
