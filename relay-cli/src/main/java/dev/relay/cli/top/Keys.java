package dev.relay.cli.top;

import java.util.Locale;

/** What the keys have set: sort order, filter, which part has the screen, where its rows begin. Plain code, one thread. */
final class Keys {
    static final int ESCAPE = 27;
    private static final int ENTER = 13;
    private static final int NEW_LINE = 10;
    private static final int DELETE = 127;
    private static final int BACKSPACE = 8;
    private static final int MAX_FILTER = 40;

    /** What has the screen. */
    enum Part {
        ALL,
        AGENTS,
        LANES,
        BOOKS
    }

    private Part part = Part.ALL;
    private int sort;
    private boolean isReversed;
    private boolean isTyping;
    private boolean isOver;
    private boolean isHelp;
    private int from;
    private final StringBuilder filter = new StringBuilder();

    /** A key, as its character; arrows come as {@code k} and {@code j}. */
    void press(int key) {
        if (isTyping) {
            type(key);
            return;
        }
        isHelp = key == 'h' || key == '?';
        switch (key) {
            case 'q', 3 -> isOver = true;
            case 's' -> sort++;
            case 'r' -> isReversed = !isReversed;
            case '/' -> isTyping = true;
            case 'j' -> from++;
            case 'k' -> from = Math.max(0, from - 1);
            case 'g' -> from = 0;
            case '0' -> show(Part.ALL);
            case '1' -> show(Part.AGENTS);
            case '2' -> show(Part.LANES);
            case '3' -> show(Part.BOOKS);
            case ESCAPE -> {
                filter.setLength(0);
                from = 0;
            }
            default -> {
                // any other key only closes the help
            }
        }
    }

    private void show(Part next) {
        part = next;
        from = 0;
    }

    private void type(int key) {
        if (key == ENTER || key == NEW_LINE) {
            isTyping = false;
        } else if (key == ESCAPE) {
            isTyping = false;
            filter.setLength(0);
        } else if (key == DELETE || key == BACKSPACE) {
            filter.setLength(Math.max(0, filter.length() - 1));
        } else if (key >= ' ' && filter.length() < MAX_FILTER) {
            filter.append((char) key);
        }
        from = 0;
    }

    Part part() {
        return part;
    }

    int sort() {
        return sort;
    }

    boolean isReversed() {
        return isReversed;
    }

    boolean isTyping() {
        return isTyping;
    }

    boolean isOver() {
        return isOver;
    }

    boolean isHelp() {
        return isHelp;
    }

    /** First row that is shown. */
    int from() {
        return from;
    }

    /** There are fewer rows than that. */
    void clamp(int last) {
        from = Math.min(from, Math.max(0, last));
    }

    /** In lower case; empty for all. */
    String filter() {
        return filter.toString().toLowerCase(Locale.ROOT);
    }
}
