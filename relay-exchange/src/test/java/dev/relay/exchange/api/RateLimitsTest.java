package dev.relay.exchange.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.market.Refusal;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

class RateLimitsTest {
    private static final String IP = "127.0.0.1";

    private long nowMs = 1_700_000_000_000L / 60_000 * 60_000 + 59_000;
    private final RateLimits limits = new RateLimits(new LimitsConfig(100, 3, 5, 2, 5, 1024, 2), () -> nowMs);

    @Test
    void shouldStartAgainAtTheWallClockMinuteAndNotAMinuteAfterTheFirstRequest() {
        limits.charge(IP, 100);
        assertThatThrownBy(() -> limits.charge(IP, 1))
                .asInstanceOf(InstanceOfAssertFactories.type(Refusal.class))
                .satisfies(refused -> {
                    assertThat(refused.code().httpStatus()).isEqualTo(429);
                    assertThat(refused.retryAtMs()).isEqualTo(nowMs + 1000);
                });
        nowMs += 1000;
        limits.charge(IP, 100);
        assertThat(limits.usedWeight(IP)).isEqualTo(100);
    }

    @Test
    void shouldBanWhoGoesOnAndBanLongerTheNextTime() {
        limits.charge(IP, 100);
        assertThat(banAfterGoingOn()).isEqualTo(nowMs + 120_000);
        nowMs += 119_999;
        assertThatThrownBy(() -> limits.charge(IP, 1)).hasMessageContaining("banned");
        nowMs += 1;
        limits.charge(IP, 100);
        assertThat(banAfterGoingOn()).isEqualTo(nowMs + 240_000);
    }

    @Test
    void shouldCountUnfilledOrdersPerAccount() {
        Account account = new Account("a", 1, false);
        limits.chargeOrder(account);
        limits.chargeOrder(account);
        limits.chargeOrder(account);
        assertThatThrownBy(() -> limits.chargeOrder(account)).hasMessageContaining("3 orders per 10 SECOND");
        limits.releaseOrder(account);
        limits.chargeOrder(account);
        nowMs += 10_000;
        assertThat(limits.ordersIn10s(account)).isZero();
        limits.chargeOrder(account);
        limits.chargeOrder(account);
        assertThatThrownBy(() -> limits.chargeOrder(account)).hasMessageContaining("5 orders per DAY");
    }

    @Test
    void shouldLimitConnectionAttempts() {
        assertThat(limits.admitConnect(IP)).isTrue();
        assertThat(limits.admitConnect(IP)).isTrue();
        assertThat(limits.admitConnect(IP)).isFalse();
        assertThat(limits.admitConnect("10.0.0.1")).isTrue();
        assertThat(limits.refusedCount()).isEqualTo(1);
    }

    private long banAfterGoingOn() {
        assertThatThrownBy(() -> limits.charge(IP, 1)).hasMessageContaining("current limit");
        assertThatThrownBy(() -> limits.charge(IP, 1)).hasMessageContaining("current limit");
        try {
            limits.charge(IP, 1);
        } catch (Refusal banned) {
            assertThat(banned.code().httpStatus()).isEqualTo(418);
            return banned.retryAtMs();
        }
        throw new AssertionError("not banned");
    }
}
