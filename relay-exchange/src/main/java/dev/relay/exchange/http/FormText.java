package dev.relay.exchange.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** {@code a=1&b=2} text: reading it, and cutting the signature out of what was signed. */
final class FormText {
    private static final String SIGNATURE = "signature=";

    private FormText() {}

    /** Throws IllegalArgumentException on a broken percent escape. */
    static void readInto(Map<String, String> values, String text) {
        for (String pair : text.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                values.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
            }
        }
    }

    static String withoutSignature(String text) {
        List<String> kept = new ArrayList<>();
        for (String pair : text.split("&", -1)) {
            if (!pair.startsWith(SIGNATURE)) {
                kept.add(pair);
            }
        }
        return String.join("&", kept);
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
