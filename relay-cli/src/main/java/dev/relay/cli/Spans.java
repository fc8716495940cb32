package dev.relay.cli;

import java.util.Locale;

/** Spans of time as people read them: two digits that matter and a unit. */
final class Spans {
    static String ofUs(long us) {
        if (us < 1_000) {
            return us + " us";
        }
        return us < 1_000_000 ? decimal(us / 1e3, "ms") : ofMs(us / 1_000);
    }

    static String ofMs(long ms) {
        if (ms < 1_000) {
            return ms + " ms";
        }
        long s = ms / 1_000;
        if (s < 60) {
            return decimal(ms / 1e3, "s");
        }
        if (s < 3_600) {
            return s / 60 + "m" + String.format(Locale.ROOT, "%02ds", s % 60);
        }
        return s < 86_400
                ? s / 3_600 + "h" + String.format(Locale.ROOT, "%02dm", s / 60 % 60)
                : s / 86_400 + "d" + String.format(Locale.ROOT, "%02dh", s / 3_600 % 24);
    }

    private static String decimal(double value, String unit) {
        return String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, unit);
    }

    private Spans() {}
}
