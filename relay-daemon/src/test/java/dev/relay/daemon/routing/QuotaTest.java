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

    @Test
    void shouldRefuseAboveTheRateSayWhenToTryAgainAndTakeItThen() {
        Peer operator = heart.join("operator");
        Peer sender = heart.join("sender");
        heart.join("bob");
        sender.bind(1, "bob");
        operator.control("quota.set", "agent", "sender", "messages_per_s", 10L);
        for (int seq = 1; seq <= 11; seq++) {
            sender.send(1, seq, 0, "x");
        }
        heart.turn();
        Got refused = sender.one(FrameType.REFUSED);
        assertThat(refused.code()).isEqualTo(ErrorCode.RATE_LIMITED.number());
        int retryAfterMs = refused.b().getInt(16);
        assertThat(retryAfterMs).isBetween(1, 100);
        heart.clock.advanceMs(retryAfterMs);
        sender.send(1, 11, 0, "x");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldLimitBytesAndExpressAndLetRepeatsPass() {
        Peer operator = heart.join("operator");
        Peer sender = heart.join("sender");
        Peer bob = heart.join("bob");
        bob.credit(100);
        sender.bind(1, "bob");
        sender.bind(2, "agent", "bob", "express");
        operator.control("quota.set", "agent", "sender", "bytes_per_s", 1_000L);
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
        Peer operator = heart.join("operator");
        Peer sender = heart.join("sender");
        heart.join("bob");
        sender.bind(1, "bob");
        operator.control("quota.set", "agent", "bob", "mailbox_messages", 2L);
        sender.send(1, 1, 0, "x");
        sender.send(1, 2, 0, "x");
        sender.send(1, 3, 0, "x");
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.MAILBOX_FULL.number());
    }

    @Test
    void shouldHoldForEverybodyAndOverRestartsUntilTakenAway() {
        Peer operator = heart.join("operator");
        operator.control("quota.set", "agent", "*", "messages_per_s", 1L);
        heart.crash();
        Peer sender = heart.join("sender");
        Peer again = heart.join("operator");
        sender.bind(1, "operator");
        sender.send(1, 1, 0, "x");
        sender.send(1, 2, 0, "x");
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.RATE_LIMITED.number());
        assertThat(quotas(again.control("quota.ls"))).hasSize(1);
        again.control("quota.set", "agent", "*", "messages_per_s", 0L);
        assertThat(quotas(again.control("quota.ls"))).isEmpty();
        sender.send(1, 2, 0, "x");
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).isEmpty();
    }

    @Test
    void shouldRefuseBadQuotas() {
        Peer operator = heart.join("operator");
        assertThat(operator.control("quota.set", "agent", "nobody", "messages_per_s", 1L)
                        .get("code"))
                .isEqualTo("NOT_FOUND");
        assertThat(operator.control("quota.set", "agent", "operator", "messages_per_s", -1L)
                        .get("code"))
                .isEqualTo("BAD_REQUEST");
        assertThat(operator.control("quota.set", "agent", "operator").get("code"))
                .isEqualTo("BAD_REQUEST");
    }

    @Test
    void shouldHoldTheConfiguredQuotaForWhoHasNoneOfItsOwn() {
        heart.config = heart.config.withQuota(new QuotaLimits(2, 0, 0, 0));
        heart.crash();
        Peer operator = heart.join("operator");
        Peer sender = heart.join("sender");
        heart.join("bob");
        sender.bind(1, "bob");
        for (int seq = 1; seq <= 3; seq++) {
            sender.send(1, seq, 0, "x");
        }
        heart.turn();
        assertThat(sender.one(FrameType.REFUSED).code()).isEqualTo(ErrorCode.RATE_LIMITED.number());
        operator.control("quota.set", "agent", "sender", "messages_per_s", 1_000L);
        for (int seq = 3; seq <= 20; seq++) {
            sender.send(1, seq, 0, "x");
        }
        heart.turn();
        assertThat(sender.take(FrameType.REFUSED)).as("its own takes the place").isEmpty();
    }
}
