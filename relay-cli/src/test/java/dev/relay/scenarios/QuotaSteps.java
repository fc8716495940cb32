package dev.relay.scenarios;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.client.Quota;
import dev.relay.client.Relay;
import java.util.Map;

/** Steps of quotas. */
final class QuotaSteps extends Steps {
    QuotaSteps(String prefix) {
        super(prefix, "set_quota", "expect_quota");
    }

    @Override
    void run(String where, Step step, Relay relay) {
        String target = name(step, "of");
        Quota quota = quota(step.object("quota"));
        if (step.text("do").equals("set_quota")) {
            relay.quotas().set(target, quota);
        } else {
            assertThat(relay.quotas().list().getOrDefault(target, Quota.NONE))
                    .as(where)
                    .isEqualTo(quota);
        }
    }

    private static Quota quota(Map<String, Object> limits) {
        return Quota.NONE
                .messagesPerS(limit(limits, "messages_per_s"))
                .bytesPerS(limit(limits, "bytes_per_s"))
                .mailboxMessages(limit(limits, "mailbox_messages"))
                .mailboxBytes(limit(limits, "mailbox_bytes"));
    }

    private static long limit(Map<String, Object> limits, String key) {
        return limits.get(key) instanceof Long limit ? limit : 0;
    }
}
