package dev.relay.cli.top;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the dashboard says for given facts and keys, at every size. */
final class ViewTest {
    private static final long SECOND = 1_000_000_000L;
    private final Keys keys = new Keys();

    private static Map<String, Object> agent(String name, boolean isConnected, boolean isSuspect, long queued) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("name", name);
        row.put("connected", isConnected);
        row.put("suspect", isSuspect);
        row.put("queued", queued);
        row.put("unacked", 1L);
        row.put("dead", 0L);
        row.put("lanes", 2L);
        row.put("pid", 4711L);
        row.put("client", "python/0.1.0");
        return row;
    }

    private static Map<String, Object> book(String symbol, String status) {
        return Map.of("venue", "BINANCE", "symbol", symbol, "status", status, "age_ms", 40L, "bid", "1", "ask", "2");
    }

    private static Map<String, Object> limits(boolean isKilled) {
        return Map.of("account", "paper", "killed", isKilled, "live", true, "budget", budget());
    }

    private static Map<String, Object> budget() {
        Map<String, Object> budget = new LinkedHashMap<>(Map.of("weight_left", 4_905L));
        budget.put("orders_10s_left", 0L);
        budget.put("closed_for_ms", 0L);
        budget.put("limited_total", 3L);
        return budget;
    }

    private static Sight bus(long atNs, long accepted, List<Map<?, ?>> agents) {
        Map<String, Object> status = Map.of(
                "version", "1", "uptime_ms", 65_000L, "store", "ready", "counters", Map.of("accepted", accepted));
        List<Map<?, ?>> lanes = List.of(
                Map.of("sender", "a", "recipient", "b", "queued", 1_700L, "in_flight", 3L, "halted", false),
                Map.of("sender", "idle", "recipient", "b", "queued", 0L, "in_flight", 0L, "halted", false));
        return Sight.ofBus(atNs, status, Map.of("score", 95L, "deductions", List.of()), agents, lanes);
    }

    private static Picture picture(List<Map<?, ?>> agents, List<Map<?, ?>> books, boolean isKilled) {
        return new Picture(
                11 * SECOND,
                bus(11 * SECOND, 3_000, agents),
                bus(10 * SECOND, 1_000, agents),
                Sight.ofBooks(11 * SECOND, books),
                limits(isKilled),
                true);
    }

    private static Picture well() {
        return picture(
                List.of(agent("risk", true, false, 5), agent("scanner", true, false, 90)),
                List.of(book("BTC-USDT", "LIVE")),
                false);
    }

    private String screen(Picture picture, int width, int height) {
        List<View.Line> lines = View.lines(picture, keys, width, height);
        assertThat(lines).hasSizeLessThanOrEqualTo(height);
        assertThat(lines).allMatch(line -> line.text().length() <= width);
        return String.join("\n", lines.stream().map(View.Line::text).toList());
    }

    @Test
    void shouldShowTheWholeAt80By24() {
        assertThat(screen(well(), 80, 24))
                .contains("health 95", "up 1m05s", "accepted 2,000/s")
                .contains("kill switch off", "budget: weight 4905  orders_10s 0  limited_total 3\n")
                .contains("AGENT", "risk", "scanner")
                .contains("RECIPIENT", "1700")
                .doesNotContain("idle")
                .contains("BTC-USDT", "LIVE")
                .contains("q quit");
    }

    @Test
    void shouldNeverBeLargerThanTheScreen() {
        List<Map<?, ?>> many = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            many.add(agent("agent-" + "x".repeat(i % 40) + i, i % 3 > 0, i % 7 == 0, i));
        }
        for (int width : List.of(20, 40, 80, 132, 300)) {
            for (int height : List.of(6, 10, 24, 60)) {
                for (char key : "0123".toCharArray()) {
                    keys.press(key);
                    screen(picture(many, List.of(book("ETH-USDT", "STALE")), true), width, height);
                }
            }
        }
    }

    @Test
    void shouldNameEveryCause() {
        Picture ill = picture(
                List.of(agent("stalled", true, true, 0), agent("gone", false, false, 12)),
                List.of(book("BTC-USDT", "LIVE"), book("ETH-USDT", "STALE")),
                true);
        assertThat(ill.causes())
                .containsExactly(
                        "kill switch is on: no new orders",
                        "book BINANCE ETH-USDT is STALE",
                        "agent stalled is silent",
                        "agent gone is away, 12 messages wait for it");
        assertThat(picture(List.of(), List.of(book("A", "DOWN"), book("B", "DOWN")), false)
                        .causes())
                .containsExactly("sidecar shows no life: venue BINANCE");
        assertThat(well().causes()).isEmpty();
    }

    @Test
    void shouldSayWithinASecondWhoDoesNotAnswer() {
        Picture well = well();
        Picture later = new Picture(12 * SECOND, well.bus(), well.before(), well.books(), well.limits(), true);
        assertThat(later.causes())
                .containsExactly("daemon does not answer for 1.0 s", "Redis does not answer for 1.0 s");
        Sight refused = well.bus().with("connection refused");
        Picture broken = new Picture(11 * SECOND, refused, well.before(), well.books(), well.limits(), true);
        assertThat(broken.causes()).first().asString().contains("daemon does not answer", "connection refused");
        assertThat(screen(broken, 80, 24)).contains("! daemon does not answer").contains("scanner");
    }

    @Test
    void shouldSayTheGravestFirst() {
        Picture well = well();
        Map<String, Object> deductions = Map.of(
                "deductions",
                List.of(
                        Map.of("name", "orders_not_live", "points", 30L, "detail", "asked"),
                        Map.of("name", "redis_down", "points", 50L, "detail", "refused")));
        Sight books = well.books().with("no such file");
        Picture bad = new Picture(
                11 * SECOND, well.bus(), well.before(), books, Map.of("health", deductions, "killed", true), true);
        assertThat(bad.causes())
                .containsExactly(
                        "Redis does not answer for 0.0 s: no such file",
                        "sidecar -50 redis_down: refused",
                        "sidecar -30 orders_not_live: asked",
                        "kill switch is on: no new orders");
    }

    @Test
    void shouldSortReverseAndFilter() {
        assertThat(screen(well(), 80, 24)).containsSubsequence("risk", "scanner");
        keys.press('r');
        assertThat(screen(well(), 80, 24)).containsSubsequence("scanner", "risk");
        keys.press('r');
        keys.press('s');
        keys.press('s');
        assertThat(screen(well(), 80, 24)).contains("sort: queued").containsSubsequence("scanner", "risk");
        keys.press('/');
        "sca".chars().forEach(keys::press);
        assertThat(screen(well(), 80, 24)).contains("filter: sca_").doesNotContain("risk ");
        keys.press(13);
        keys.press('q');
        assertThat(keys.isOver()).isTrue();
    }

    @Test
    void shouldTypeALetterThatIsAKeyIntoTheFilterOnly() {
        keys.press('/');
        keys.press('q');
        assertThat(keys.isOver()).isFalse();
        assertThat(keys.filter()).isEqualTo("q");
        keys.press(27);
        assertThat(keys.filter()).isEmpty();
        assertThat(keys.isTyping()).isFalse();
    }

    @Test
    void shouldShowTheGaugesThatAgentsTellAsColumns() {
        Map<String, Object> told = agent("strategy", true, false, 0);
        told.put("breaker", "half_open");
        told.put(
                "gauges",
                Map.of("state", "trading", "confidence", "0.85", "pnl", "12.5", "mood", "fine", "pid", "forged"));
        keys.press('1');
        assertThat(screen(picture(List.of(told), List.of(), false), 200, 24))
                .contains("BREAKER", "half", "CONF", "0.85", "P&L", "12.5", "trading", "MOOD", "fine")
                .doesNotContain("forged");
    }

    /** The widest of each: state, breaker, confidence, last signal, profit, rate, lag, p99, health. */
    @Test
    void shouldShowAllOfAnAgentAt80By24() {
        Map<String, Object> then = agent("momentum-btc-1", true, true, 0);
        then.put("acked", 1_000L);
        Map<String, Object> now = new LinkedHashMap<>(then);
        now.putAll(Map.of("acked", 100_999L, "breaker", "half_open", "lag_ms", 123_456L, "health", 100L));
        now.put("handler_p99_us", 99_900L);
        now.put("gauges", Map.of("confidence", "0.851", "last_signal", "SELL_IT", "pnl", "-1234.56", "rate", "forged"));
        Picture picture = new Picture(
                11 * SECOND,
                bus(11 * SECOND, 0, List.of(now)),
                bus(10 * SECOND, 0, List.of(then)),
                Sight.none(0, ""),
                Map.of(),
                false);
        String screen = screen(picture, 80, 24);
        assertThat(screen).containsPattern("AGENT +STATE +BREAKER +CONF +SIGNAL +P&L +RATE/S +LAG MS +P99 MS +HEALTH");
        assertThat(screen)
                .containsPattern("momentum-btc… suspect half +0.851 SELL_IT -1234.56 +99999 123456 +99.9 +100")
                .doesNotContain("forged");
    }

    @Test
    void shouldGiveTheNameWhatRoomIsLeft() {
        Picture picture = picture(List.of(agent("momentum-btc-usdt-1", true, false, 0)), List.of(), false);
        assertThat(screen(picture, 200, 24)).contains("momentum-btc-usdt-1");
        assertThat(screen(picture, 40, 24)).contains("momentum-btc-usd… on");
    }

    @Test
    void shouldKeepWhatOthersWroteFromMovingTheCursor() {
        assertThat(screen(picture(List.of(agent("a\u001b[2Jb", true, false, 0)), List.of(), false), 80, 24))
                .doesNotContain("\u001b");
    }
}
