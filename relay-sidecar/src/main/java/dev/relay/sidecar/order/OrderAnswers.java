package dev.relay.sidecar.order;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON of answers to order requests. Stateless.
 *
 * <pre>
 * {"ok":true,"result":"accepted","order":{...}}                    done at the venue; a status: as known
 * {"ok":false,"result":"unknown","code":"OUTCOME_UNKNOWN","retryable":false,"reason":"...","order":{...}}
 *                                                                  written, being found out; the outcome is published
 * {"ok":false,"result":"refused","code":"...","retryable":false,"reason":"...","order":{...}?}
 * {"ok":true,"result":"batch","accepted":2,"refused":0,"unknown":1,"orders":[{answer}, ...]}
 * {"ok":true,"result":"killed","in_flight":["client id", ...]}     no place is written after this answer
 * {"ok":true,"result":"released"}
 * </pre>
 * The fields of {@code order} are those of {@link OrderView#toFields}, all text. Codes: {@link RefusalCode}.
 */
final class OrderAnswers {
    private OrderAnswers() {}

    static Map<String, Object> refused(RefusalCode code, String reason) {
        return answer(new OrderResult.Refused(code, reason, null));
    }

    /** The journal knows what became of it; the next start finds out what the venue knows. */
    static Map<String, Object> lostByClosing() {
        return Map.of(
                "ok", false,
                "result", "unknown",
                "code", "OUTCOME_UNKNOWN",
                "retryable", false,
                "reason", "the sidecar closed before an outcome; ask orders.status later");
    }

    static Map<String, Object> killed(List<String> inFlight) {
        return Map.of("ok", true, "result", "killed", "in_flight", inFlight);
    }

    static Map<String, Object> released() {
        return Map.of("ok", true, "result", "released");
    }

    static Map<String, Object> answer(OrderResult result) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (result instanceof OrderResult.Accepted accepted) {
            map.put("ok", true);
            map.put("result", "accepted");
            map.put("order", accepted.order().toFields());
        } else if (result instanceof OrderResult.Unknown unknown) {
            map.put("ok", false);
            map.put("result", "unknown");
            map.put("code", "OUTCOME_UNKNOWN");
            map.put("retryable", false);
            map.put("reason", unknown.order().reason());
            map.put("order", unknown.order().toFields());
        } else if (result instanceof OrderResult.Refused refused) {
            refusal(map, refused);
        } else if (result instanceof OrderResult.Batch batch) {
            batch(map, batch.results());
        }
        return map;
    }

    private static void refusal(Map<String, Object> map, OrderResult.Refused refused) {
        map.put("ok", false);
        map.put("result", "refused");
        map.put("code", refused.code().name());
        map.put("retryable", refused.code().isRetryable());
        map.put("reason", refused.reason());
        OrderView order = refused.order();
        if (order != null) {
            map.put("order", order.toFields());
        }
    }

    private static void batch(Map<String, Object> map, List<OrderResult> results) {
        List<Map<String, Object>> answers = new ArrayList<>();
        results.forEach(result -> answers.add(answer(result)));
        map.put("ok", true);
        map.put("result", "batch");
        map.put(
                "accepted",
                results.stream().filter(OrderResult.Accepted.class::isInstance).count());
        map.put(
                "refused",
                results.stream().filter(OrderResult.Refused.class::isInstance).count());
        map.put(
                "unknown",
                results.stream().filter(OrderResult.Unknown.class::isInstance).count());
        map.put("orders", answers);
    }
}
