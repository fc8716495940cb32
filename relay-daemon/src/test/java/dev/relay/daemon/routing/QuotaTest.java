package dev.relay.daemon.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.daemon.session.QuotaLimits;
import dev.relay.protocol.ErrorCode;
import dev.relay.protocol.Flags;
import dev.relay.protocol.FrameType;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Quotas: rates of senders, room of mailboxes, who may set them. */
class QuotaTest extends HeartTest {
    @Override
    BusConfig config() {
        return Heart.small(100, 1_000);
    }

    private static List<?> quotas(Map<String, @Nullable Object> reply) {
        return (List<?>) Objects.requireNonNull(reply.get("quotas"));
    }

    private Peer operator() {
        return heart.join("operator");
    }

    /** It sends to bob, who takes nothing yet. */
    @Override
    Peer sender() {
        heart.join("bob");
        return heart.sender("sender", "bob");
    }

    private void send(Peer sender, int first, int last) {
        for (int seq = first; seq <= last; seq++) {
            sender.send(1, seq, 0, "x");
        }
        heart.turn();
    }

    /** The code of a refusal, or null. */
    private static @Nullable Object set(Peer operator, String target, String limit, long value) {
        return operator.control("quota.set", "agent", target, limit, value).get("code");
    }

    private static void expectOneRefusal(Peer sender, ErrorCode code) {
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(code.number());
    }

    @Test
    void shouldRefuseAboveTheRateSayWhenToTryAgainAndTakeItThen() {
        Peer sender = sender();
        set(operator(), "sender", "messages_per_s", 10L);
        send(sender, 1, 11);
        Got refused = sender.one(FrameType.REFUSED);
        assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED.number());
        int retryAfterMs = refused.b().getInt(16);
        assertThat(retryAfterMs).isBetween(1, 100);
        heart.clock.advanceMs(retryAfterMs);
        send(sender, 11, 11);
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldLimitBytesAndExpressAndLetRepeatsPass() {
        Peer operator = operator();
        Peer bob = heart.join("bob");
        Peer sender = heart.join("sender");
        bob.credit(100);
        sender.bind(1, "bob");
        sender.bind(2, "agent", "bob", "express");
        set(operator, "sender", "bytes_per_s", 1_000L);
        sender.send(1, 1, 0, "x".repeat(2_000));
        sender.send(2, 1, 0, "x");
        sender.send(1, 2, 0, "x");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED))
                .hasSize(2)
                .allSatisfy(got -> assertThat(got.code()).isEqualTo(ErrorCode.RATE_LIMITED.number()));
        sender.send(1, 2, Flags.RESENT, "x");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldBoundTheMailboxOfOneAgent() {
        Peer sender = sender();
        set(operator(), "bob", "mailbox_messages", 2L);
        send(sender, 1, 3);
        expectOneRefusal(sender, ErrorCode.MAILBOX_FULL);
    }

    @Test
    void shouldHoldForEverybodyAndOverRestartsUntilTakenAway() {
        set(operator(), "*", "messages_per_s", 1L);
        heart.crash();
        Peer sender = sender();
        Peer again = operator();
        send(sender, 1, 2);
        expectOneRefusal(sender, ErrorCode.RATE_LIMITED);
        assertThat(quotas(again.control("quota.ls"))).hasSize(1);
        set(again, "*", "messages_per_s", 0L);
        assertThat(quotas(again.control("quota.ls"))).isEmpty();
        send(sender, 2, 2);
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    /** All of its partitions together, over a restart, whatever holds for every agent. */
    @Test
    void shouldBoundTheMailboxOfAGroupUntilTakenAway() {
        Peer operator = operator();
        operator.control("group.add", "group", "pricers");
        assertThat(set(operator, "*", "mailbox_messages", 1L)).isNull();
        assertThat(set(operator, "group:pricers", "mailbox_messages", 2L)).isNull();
        heart.crash();
        Peer again = operator();
        Peer sender = heart.join("sender");
        sender.bind(1, "group", "pricers", "message");
        send(sender, 1, 3);
        expectOneRefusal(sender, ErrorCode.MAILBOX_FULL);
        assertThat(quotas(again.control("quota.ls", "after", "*")))
                .singleElement()
                .asString()
                .contains("group:pricers");
        assertThat(set(again, "group:pricers", "mailbox_messages", 0L)).isNull();
        send(sender, 3, 3);
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldRefuseBadQuotasAndHoldNone() {
        Peer operator = operator();
        operator.control("group.add", "group", "pricers");
        assertThat(set(operator, "nobody", "messages_per_s", 1L)).isEqualTo("NOT_FOUND");
        assertThat(set(operator, "operator", "messages_per_s", -1L)).isEqualTo("BAD_REQUEST");
        assertThat(set(operator, "group:nobody", "mailbox_bytes", 1L)).isEqualTo("NOT_FOUND");
        assertThat(set(operator, "group:No Name", "mailbox_bytes", 1L)).isEqualTo("BAD_NAME");
        assertThat(set(operator, "group:pricers", "messages_per_s", 1L)).isEqualTo("BAD_REQUEST");
        assertThat(operator.control("quota.set", "agent", "operator").get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(quotas(operator.control("quota.ls"))).isEmpty();
    }

    @Test
    void shouldHoldTheConfiguredQuotaForWhoHasNoneOfItsOwn() {
        heart.config = heart.config.withQuota(new QuotaLimits(2, 0, 0, 0));
        heart.crash();
        Peer sender = sender();
        send(sender, 1, 3);
        expectOneRefusal(sender, ErrorCode.RATE_LIMITED);
        set(operator(), "sender", "messages_per_s", 1_000L);
        send(sender, 3, 20);
        assertThat(sender.take(FrameType.REFUSED)).as("its own takes the place").isEmpty();
    }
}
