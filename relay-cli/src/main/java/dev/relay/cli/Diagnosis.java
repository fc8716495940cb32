package dev.relay.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one look found.
 *
 * @param whatToDo empty when nothing has to be done
 */
record Diagnosis(String check, Verdict verdict, String found, String whatToDo) {
    /** How it is. */
    enum Verdict {
        ok,
        /** It works, but look at it. */
        warn,
        /** Relay does not work so. */
        bad
    }

    static Diagnosis ok(String check, String found) {
        return new Diagnosis(check, Verdict.ok, found, "");
    }

    static Diagnosis warn(String check, String found, String whatToDo) {
        return new Diagnosis(check, Verdict.warn, found, whatToDo);
    }

    static Diagnosis bad(String check, String found, String whatToDo) {
        return new Diagnosis(check, Verdict.bad, found, whatToDo);
    }

    Map<String, Object> row() {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("check", check);
        row.put("verdict", verdict.name());
        row.put("found", found);
        row.put("what_to_do", whatToDo);
        return row;
    }
}
