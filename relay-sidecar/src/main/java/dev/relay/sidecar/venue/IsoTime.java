package dev.relay.sidecar.venue;

/** Reads the venues' UTC timestamps from bytes without allocating. */
public final class IsoTime {
    private static final int MIN_LENGTH = 19;
    private static final long MS_PER_DAY = 86_400_000;

    private IsoTime() {}

    /** Unix milliseconds of {@code 2021-04-17T16:49:23[.fraction]Z} in {@code [from, to)}; 0 if it is not that. */
    public static long parseMs(byte[] bytes, int from, int to) {
        if (to - from < MIN_LENGTH || bytes[from + 4] != '-' || bytes[from + 10] != 'T') {
            return 0;
        }
        long days = days(number(bytes, from, 4), number(bytes, from + 5, 2), number(bytes, from + 8, 2));
        long seconds =
                number(bytes, from + 11, 2) * 3_600L + number(bytes, from + 14, 2) * 60L + number(bytes, from + 17, 2);
        return days * MS_PER_DAY + seconds * 1_000 + fractionMs(bytes, from + MIN_LENGTH, to);
    }

    private static int number(byte[] bytes, int from, int length) {
        int value = 0;
        for (int i = from; i < from + length; i++) {
            value = value * 10 + Math.floorMod(bytes[i] - '0', 10);
        }
        return value;
    }

    private static long fractionMs(byte[] bytes, int from, int to) {
        long ms = 0;
        int unit = 100;
        if (from < to && bytes[from] == '.') {
            for (int i = from + 1; i < to && unit > 0 && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
                ms += (long) unit * (bytes[i] - '0');
                unit /= 10;
            }
        }
        return ms;
    }

    /** Days since 1970-01-01 of a date in the Gregorian calendar. */
    private static long days(int year, int month, int day) {
        int shifted = month > 2 ? year : year - 1;
        int era = Math.floorDiv(shifted, 400);
        int ofEra = shifted - era * 400;
        int dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
        return era * 146_097L + ofEra * 365L + ofEra / 4 - ofEra / 100 + dayOfYear - 719_468L;
    }
}
