package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.PresenceWatch;
import dev.relay.client.Relay;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Steps of the directory and of shadows: what agents say of themselves, who is there, who sees what of whom. */
final class PresenceSteps extends Steps {
    private final Map<String, PresenceWatch> watches = new HashMap<>();

    PresenceSteps(String prefix) {
        super(
                prefix,
                "presence_set",
                "presence_watch",
                "expect_agent",
                "expect_watched",
                "wait_for_agent",
                "shadow",
                "stop_shadow");
    }

    @Override
    void run(String where, Step step, Relay relay) {
        switch (step.text("do")) {
            case "presence_set" -> relay.presence().set(step.object("metadata"), step.texts("capabilities"));
            case "presence_watch" ->
                watches.put(relay.name(), relay.presence().watch("", step.textOr("capability", ""), row -> {}));
            case "expect_agent" -> Awaitility.await(where).untilAsserted(() -> expectAgent(where, step, relay));
            case "expect_watched" ->
                Awaitility.await(where)
                        .untilAsserted(
                                () -> assertThat(watchedState(step, relay)).isEqualTo(step.text("state")));
            case "wait_for_agent" -> relay.waitForAgent(name(step, "name"), step.timeout());
            case "shadow" ->
                relay.shadow(
                        name(step, "of"),
                        step.flagOr("incoming", true),
                        step.flagOr("outgoing", true),
                        step.textsOrNone("kinds").toArray(new String[0]));
            default -> relay.stopShadow(name(step, "of"));
        }
    }

    private void expectAgent(String where, Step step, Relay relay) {
        String name = name(step, "name");
        Map<String, ?> row = relay.presence().list(name, step.text("capability"), "").stream()
                .filter(each -> name.equals(each.get("name")))
                .findAny()
                .orElseThrow(() -> new AssertionError(where + ": not there: " + name));
        assertThat(row.get("state")).as(where).isEqualTo(step.text("state"));
        assertThat(row.get("metadata")).as(where).isEqualTo(step.value("metadata"));
    }

    private String watchedState(Step step, Relay relay) {
        PresenceWatch watch = Objects.requireNonNull(watches.get(relay.name()), "presence_watch comes first");
        Map<String, ?> row = watch.agents().get(name(step, "name"));
        return row == null ? "" : String.valueOf(row.get("state"));
    }
}
