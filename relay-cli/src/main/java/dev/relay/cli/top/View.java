package dev.relay.cli.top;

import dev.relay.cli.top.Grid.Column;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns a picture and what the keys set into the lines of a screen: never more than its height, none longer than its width. Plain code; nothing is kept. */
final class View {
    /** How a line looks. */
    enum Look {
        PLAIN,
        TITLE,
        HEADING,
        ALARM,
        QUIET
    }

    /** One line of the screen. */
    record Line(Look look, String text) {}

    private static final String LEFT = "_left";
    private static final int MAX_CAUSES = 4;
    /** Up to HEALTH they fit a terminal of 80 columns. */
    private static final List<Column> AGENTS = List.of(
            Column.text("AGENT", 13, "name"),
            Column.text("STATE", 7, "state").as(View::stateOf),
            Column.text("BREAKER", 7, "breaker").as(View::breakerOf).optional(),
            Column.number("CONF", 5, "confidence").optional(),
            Column.text("SIGNAL", 7, "last_signal").optional(),
            Column.number("P&L", 8, "pnl").optional(),
            Column.number("RATE/S", 6, "rate").optional(),
            Column.number("LAG MS", 6, "lag_ms").optional(),
            Column.number("P99 MS", 6, "handler_p99_us").as(View::p99Of).optional(),
            Column.number("HEALTH", 6, "health").optional(),
            Column.number("QUEUED", 6, "queued"),
            Column.number("UNACKED", 7, "unacked"),
            Column.number("DEAD", 5, "dead"),
            Column.number("LANES", 5, "lanes"),
            Column.number("PID", 7, "pid"),
            Column.text("CLIENT", 13, "client"));

    private static final Set<String> AGENT_KEYS = Set.of(
            "name",
            "namespace",
            "connected",
            "suspect",
            "paused",
            "session",
            "epoch",
            "uid",
            "state",
            "breaker",
            "confidence",
            "last_signal",
            "pnl",
            "rate",
            "acked",
            "lag_ms",
            "handler_p99_us",
            "health",
            "queued",
            "unacked",
            "dead",
            "lanes",
            "pid",
            "client",
            "queued_bytes");
    private static final List<Column> LANES = List.of(
            Column.text("SENDER", 16, "sender"),
            Column.text("RECIPIENT", 16, "recipient"),
            Column.text("CLASS", 8, "class"),
            Column.number("QUEUED", 8, "queued"),
            Column.number("IN FLIGHT", 9, "in_flight"),
            Column.text("HALTED", 7, "halted"),
            Column.text("OVERFLOW", 8, "overflow"));
    private static final Set<String> LANE_KEYS = Set.of(
            "sender",
            "recipient",
            "class",
            "queued",
            "in_flight",
            "halted",
            "overflow",
            "on_dead_letter",
            "halted_epoch",
            "halted_seq",
            "express_gaps");
    private static final List<Column> BOOKS = List.of(
            Column.text("BOOK", 16, "symbol"),
            Column.text("VENUE", 11, "venue"),
            Column.text("STATUS", 8, "status"),
            Column.number("AGE MS", 7, "age_ms"),
            Column.number("BID", 14, "bid"),
            Column.number("ASK", 14, "ask"),
            Column.number("LEVELS", 6, "levels"),
            Column.number("FRAMES", 9, "frames"));
    private static final Set<String> BOOK_KEYS = Set.of(
            "symbol",
            "venue",
            "status",
            "age_ms",
            "bid",
            "ask",
            "levels",
            "frames",
            "bid_quantity",
            "ask_quantity",
            "version");
    private static final List<String> HELP = List.of(
            "",
            "  s        sort by the next column        r        the other way round",
            "  /        filter: type, Enter keeps it   Esc      no filter",
            "  1 2 3 0  agents, lanes, books, all      j k      down, up    g  top",
            "  q        quit                           h        this help");

    private final Picture picture;
    private final Keys keys;
    private final int width;
    private final int height;
    private final List<Line> lines = new ArrayList<>();
    private final Grid agents;

    private View(Picture picture, Keys keys, int width, int height) {
        this.picture = picture;
        this.keys = keys;
        this.agents = Grid.of(AGENTS, AGENT_KEYS, picture.agents(), keys);
        this.width = Math.max(20, width);
        this.height = Math.max(6, height);
    }

    static List<Line> lines(Picture picture, Keys keys, int width, int height) {
        return new View(picture, keys, width, height).draw();
    }

    private List<Line> draw() {
        head();
        causes();
        if (keys.isHelp()) {
            HELP.forEach(line -> add(Look.PLAIN, line));
        } else {
            parts();
        }
        while (lines.size() < height - 1) {
            add(Look.PLAIN, "");
        }
        List<Line> screen = new ArrayList<>(lines.subList(0, height - 1));
        screen.add(new Line(Look.QUIET, cut(foot(), width)));
        return screen;
    }

    private void head() {
        Map<String, ?> status = picture.bus().status();
        add(
                Look.TITLE,
                "relay top  daemon " + or(status.get("version"), "?") + "  up "
                        + uptime(status.get("uptime_ms")) + "  health "
                        + or(picture.bus().health().get("score"), "?") + "  store "
                        + or(status.get("store"), "?") + "  sessions " + or(status.get("sessions"), "?"));
        add(
                Look.PLAIN,
                "accepted " + rate("accepted") + "  delivered " + rate("delivered") + "  acked " + rate("acked")
                        + "  refused " + rate("refused") + "  commits " + rate("commits"));
        add(
                Look.PLAIN,
                "queued " + or(status.get("queued"), "?") + "  unacked " + or(status.get("unacked"), "?")
                        + "  spilled " + or(status.get("spilled"), "?") + "  dead letters "
                        + or(status.get("dead_letters"), "?"));
        Map<String, ?> limits = picture.limits();
        if (!limits.isEmpty()) {
            add(
                    Look.PLAIN,
                    "account " + limits.get("account") + "  equity " + or(limits.get("equity"), "?") + "  open orders "
                            + or(limits.get("open_orders"), "?") + "  kill switch "
                            + (Boolean.TRUE.equals(limits.get("killed")) ? "ON" : "off"));
            add(Look.PLAIN, "budget: " + budget(limits.get("budget")));
        }
    }

    /** What is left; what was refused or waits, only when something was. */
    private static String budget(@Nullable Object budget) {
        if (!(budget instanceof Map<?, ?> left) || left.isEmpty()) {
            return "?";
        }
        List<String> parts = new ArrayList<>();
        left.forEach((key, value) -> {
            String name = String.valueOf(key);
            if (name.endsWith(LEFT) || !Long.valueOf(0).equals(value)) {
                parts.add(name.replace(LEFT, "") + " " + value);
            }
        });
        return String.join("  ", parts);
    }

    private void causes() {
        List<String> causes = picture.causes();
        causes.stream().limit(MAX_CAUSES).forEach(cause -> add(Look.ALARM, "! " + cause));
        if (causes.size() > MAX_CAUSES) {
            add(Look.ALARM, "! and " + (causes.size() - MAX_CAUSES) + " more");
        }
    }

    private void parts() {
        Grid lanes = Grid.of(LANES, LANE_KEYS, pressed(), keys);
        Grid books = Grid.of(BOOKS, BOOK_KEYS, picture.books().books(), keys);
        int room = height - 1 - lines.size();
        switch (keys.part()) {
            case AGENTS -> part(agents, room);
            case LANES -> part(lanes, room);
            case BOOKS -> part(books, room);
            case ALL -> {
                int below = Math.min(lanes.size(), 4) + 1 + (books.size() == 0 ? 0 : Math.min(books.size(), 5) + 1);
                int top = Math.min(agents.size() + 1, Math.max(4, room - below));
                part(agents, top);
                part(lanes, Math.min(lanes.size(), 4) + 1);
                if (picture.isBookside()) {
                    part(books, height - 1 - lines.size());
                }
            }
        }
    }

    private void part(Grid grid, int room) {
        boolean isAlone = keys.part() != Keys.Part.ALL;
        if (isAlone) {
            keys.clamp(grid.size() - 1);
        }
        List<String> shown = grid.lines(isAlone || grid.size() >= room ? keys.from() : 0, room, width);
        add(Look.HEADING, shown.get(0));
        shown.subList(1, shown.size()).forEach(line -> add(looks(line), line));
    }

    private static Look looks(String line) {
        return line.contains(" DOWN ")
                        || line.contains(" STALE ")
                        || line.contains(" suspect ")
                        || line.contains(" open ")
                ? Look.ALARM
                : Look.PLAIN;
    }

    /** In the common view only lanes in which something waits, the fullest first. */
    private List<Map<?, ?>> pressed() {
        return picture.bus().lanes().stream()
                .filter(lane -> keys.part() == Keys.Part.LANES
                        || Picture.number(lane.get("queued")) > 0
                        || Picture.number(lane.get("in_flight")) > 0
                        || Boolean.TRUE.equals(lane.get("halted")))
                .toList();
    }

    private String foot() {
        if (keys.isTyping()) {
            return "filter: " + keys.filter() + "_";
        }
        return "q quit  s sort: " + agents.sortedBy(keys) + (keys.isReversed() ? " reversed" : "") + "  / filter"
                + (keys.filter().isEmpty() ? "" : ": " + keys.filter()) + "  1 agents 2 lanes 3 books 0 all  h help";
    }

    private String rate(String counter) {
        double rate = picture.rate(counter);
        return rate < 0 ? "?/s" : String.format(Locale.ROOT, rate < 10 ? "%.1f/s" : "%,.0f/s", rate);
    }

    private static String uptime(@Nullable Object ms) {
        if (!(ms instanceof Number n)) {
            return "?";
        }
        long s = n.longValue() / 1_000;
        return s < 3_600
                ? String.format(Locale.ROOT, "%dm%02ds", s / 60, s % 60)
                : String.format(Locale.ROOT, "%dh%02dm", s / 3_600, s / 60 % 60);
    }

    /** What the agent says of itself, else what the daemon sees of its session. */
    private static String stateOf(Map<?, ?> agent) {
        Object told = agent.get("state");
        boolean isSuspect = Boolean.TRUE.equals(agent.get("suspect"));
        boolean isConnected = Boolean.TRUE.equals(agent.get("connected"));
        String here = Boolean.TRUE.equals(agent.get("paused")) ? "paused" : told instanceof String text ? text : "on";
        return isSuspect ? "suspect" : isConnected ? here : "away";
    }

    private static String breakerOf(Map<?, ?> agent) {
        return Grid.string(agent.get("breaker")).replace("half_open", "half");
    }

    /** Empty when it has handled nothing lately. */
    private static String p99Of(Map<?, ?> agent) {
        long us = Picture.number(agent.get("handler_p99_us"));
        return us == 0 ? "" : String.format(Locale.ROOT, us < 100_000 ? "%.1f" : "%.0f", us / 1e3);
    }

    private static String or(@Nullable Object value, String otherwise) {
        return value == null ? otherwise : value.toString();
    }

    private void add(Look look, String text) {
        lines.add(new Line(look, cut(text, width)));
    }

    /** Without what would move the cursor, and no longer than there is room. */
    static String cut(String text, int width) {
        String plain = text.chars().anyMatch(Character::isISOControl) ? text.replaceAll("\\p{Cntrl}", " ") : text;
        return plain.length() <= width ? plain : plain.substring(0, width - 1) + "…";
    }
}
