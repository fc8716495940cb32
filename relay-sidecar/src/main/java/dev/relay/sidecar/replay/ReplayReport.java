package dev.relay.sidecar.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.client.redis.BookLevel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/** The outcome of a replay per venue symbol, in the venue's spelling and alphabetical order. */
public record ReplayReport(Map<String, Entry> books) {

    /** One book as read from Redis, and the sidecar's counters of it. */
    public record Entry(
            long framesApplied,
            long gaps,
            long resyncs,
            long checksumOk,
            long checksumBad,
            long secondOpinionOk,
            long secondOpinionBad,
            long crossed,
            List<BookLevel> bids,
            List<BookLevel> asks) {

        /** SHA-256 over {@code b|price|qty;} and {@code a|price|qty;}, best first, canonical decimals. */
        public String sha() {
            StringBuilder text = new StringBuilder();
            bids.forEach(level -> append(text.append("b|"), level));
            asks.forEach(level -> append(text.append("a|"), level));
            try {
                MessageDigest digest = MessageDigest.getInstance("SHA-256");
                return HexFormat.of().formatHex(digest.digest(text.toString().getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void append(StringBuilder text, BookLevel level) {
        text.append(price(level)).append('|').append(quantity(level)).append(';');
    }

    private static String price(BookLevel level) {
        return level.price().stripTrailingZeros().toPlainString();
    }

    private static String quantity(BookLevel level) {
        return level.quantity().stripTrailingZeros().toPlainString();
    }

    /** One JSON object keyed by symbol. */
    public String toJson() {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        books.forEach((symbol, book) -> {
            ObjectNode node = root.putObject(symbol);
            node.put("frames_applied", book.framesApplied());
            node.put("gaps", book.gaps());
            node.put("resyncs", book.resyncs());
            node.put("checksum_ok", book.checksumOk());
            node.put("checksum_bad", book.checksumBad());
            node.put("second_opinion_ok", book.secondOpinionOk());
            node.put("second_opinion_bad", book.secondOpinionBad());
            node.put("crossed", book.crossed());
            node.put("sha", book.sha());
            ObjectNode top = node.putObject("final_top25");
            levels(top.putArray("bids"), book.bids());
            levels(top.putArray("asks"), book.asks());
        });
        try {
            return json.writeValueAsString(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void levels(ArrayNode out, List<BookLevel> levels) {
        levels.forEach(level -> out.addArray().add(price(level)).add(quantity(level)));
    }
}
