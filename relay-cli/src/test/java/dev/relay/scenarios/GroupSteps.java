package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Groups;
import dev.relay.client.Relay;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** Steps of work groups. */
final class GroupSteps extends Steps {
    GroupSteps(String prefix) {
        super(prefix, "join_group", "leave_group", "add_group", "expect_groups", "expect_group", "expect_partition");
    }

    @Override
    void run(String where, Step step, Relay relay) {
        Groups groups = relay.groups();
        if (step.text("do").equals("expect_groups")) {
            expectGroups(where, step, groups);
            return;
        }
        String group = name(step, "group");
        switch (step.text("do")) {
            case "join_group" -> groups.join(group);
            case "leave_group" -> groups.leave(group);
            case "add_group" -> groups.add(group);
            case "expect_group" ->
                Awaitility.await(where).untilAsserted(() -> expectGroup(where, step, groups.get(group)));
            default ->
                Awaitility.await(where)
                        .untilAsserted(() -> expectPartition(where, step, groups.partition(group, step.text("key"))));
        }
    }

    private void expectGroups(String where, Step step, Groups groups) {
        assertThat(groups.list())
                .as(where)
                .extracting(row -> String.valueOf(row.get("group")))
                .filteredOn(name -> name.startsWith(prefix))
                .isEqualTo(prefixed(step, "names"));
    }

    private List<String> prefixed(Step step, String key) {
        return step.texts(key).stream().map(prefix::concat).toList();
    }

    private void expectGroup(String where, Step step, Map<String, ?> row) {
        List<Integer> shares = new ArrayList<>();
        List<String> members = new ArrayList<>();
        for (Object each : (List<?>) Objects.requireNonNull(row.get("members"))) {
            Map<?, ?> member = (Map<?, ?>) each;
            members.add(String.valueOf(member.get("name")));
            shares.add(number(member, "partitions"));
        }
        assertThat(members).as(where).isEqualTo(prefixed(step, "members"));
        assertThat(shares)
                .as(where)
                .isEqualTo(step.values("shares").stream()
                        .map(Number.class::cast)
                        .map(Number::intValue)
                        .toList());
        assertThat(number(row, "queued")).as(where).isEqualTo(step.numberOr("queued", 0));
    }

    private void expectPartition(String where, Step step, Map<String, ?> row) {
        assertThat(row.get("owner")).as(where).isEqualTo(prefix + step.text("owner"));
        assertThat(number(row, "epoch")).as(where).isEqualTo(step.number("epoch"));
    }

    private static int number(Map<?, ?> row, String key) {
        return ((Number) Objects.requireNonNull(row.get(key))).intValue();
    }
}
