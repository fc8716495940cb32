package dev.relay.daemon.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.relay.protocol.ErrorCode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccessTest {
    private static final int OWN = 1000;
    private static final int FOREIGN = 1001;
    private static final int UNKNOWN = -1;
    private static final String TOKEN = "a-token-of-sixteen-or-more";
    private static final String ADMIN = "the-admin-token-of-this-daemon";

    private final Access open = new Access(OWN, AccessRules.open(), new Tokens(ADMIN, Map.of("default/risk", TOKEN)));

    @Test
    void I50_shouldKeepANameForTheUserThatFirstUsedIt() {
        assertThat(admit(open, "risk", OWN, UNKNOWN, "").code()).isNull();
        assertThat(admit(open, "risk", OWN, OWN, "").code()).isNull();
        assertThat(admit(open, "risk", FOREIGN, OWN, "").code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(admit(open, "risk", OWN, FOREIGN, "").code()).isEqualTo(ErrorCode.UNAUTHORIZED);
    }

    @Test
    void I50_shouldLetAnotherUserInWithTheNamesToken() {
        assertThat(admit(open, "risk", FOREIGN, OWN, TOKEN).code()).isNull();
        assertThat(admit(open, "risk", FOREIGN, OWN, TOKEN).isOperator()).isFalse();
        assertThat(admit(open, "orders", FOREIGN, OWN, TOKEN).code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(open.admit("paper", "risk", FOREIGN, OWN, TOKEN).code()).isEqualTo(ErrorCode.UNAUTHORIZED);
    }

    @Test
    void I50_shouldAskAPeerWithoutUserIdForATokenAlways() {
        assertThat(admit(open, "risk", UNKNOWN, UNKNOWN, "").code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(admit(open, "new", UNKNOWN, UNKNOWN, TOKEN).code()).isEqualTo(ErrorCode.UNAUTHORIZED);
        assertThat(admit(open, "risk", UNKNOWN, UNKNOWN, TOKEN).code()).isNull();
    }

    @Test
    void I46_shouldRefuseAWrongTokenEvenToTheOwner() {
        for (String wrong : List.of("x", TOKEN.substring(1), TOKEN + " ", ADMIN.toUpperCase(Locale.ROOT))) {
            assertThat(admit(open, "risk", OWN, OWN, wrong).code()).as(wrong).isEqualTo(ErrorCode.UNAUTHORIZED);
        }
        assertThat(new Access(OWN, AccessRules.open(), Tokens.none()).isAdmin(""))
                .isFalse();
        assertThat(admit(new Access(OWN, AccessRules.open(), Tokens.none()), "a", OWN, OWN, "x")
                        .code())
                .isEqualTo(ErrorCode.UNAUTHORIZED);
    }

    @Test
    void I17_shouldMakeOperatorsOfTheNamedAndOfThoseWithTheAdminToken() {
        Access named = new Access(OWN, AccessRules.parse("", "", "ops-*, live/risk"), new Tokens(ADMIN, Map.of()));
        assertThat(admit(open, "anybody", OWN, OWN, "").isOperator()).isTrue();
        assertThat(admit(open, "anybody", FOREIGN, FOREIGN, "").isOperator()).isFalse();
        assertThat(admit(named, "anybody", OWN, OWN, "").isOperator()).isFalse();
        assertThat(admit(named, "ops-1", OWN, OWN, "").isOperator()).isTrue();
        assertThat(admit(named, "ops-1", FOREIGN, FOREIGN, "").isOperator()).isFalse();
        assertThat(admit(named, "risk", OWN, OWN, "").isOperator()).isFalse();
        assertThat(named.admit("live", "risk", OWN, OWN, "").isOperator()).isTrue();
        assertThat(admit(named, "anybody", FOREIGN, FOREIGN, ADMIN).isOperator())
                .isTrue();
    }

    @Test
    void shouldAllowWhatARuleNamesAndNothingElse() {
        AccessRules rules =
                AccessRules.parse("strategy-* -> orders, * -> logger, paper/a -> b", "feed -> md.>, * -> notes.*", "");
        assertThat(rules.maySend("live", "strategy-1", false, "orders")).isTrue();
        assertThat(rules.maySend("live", "scanner", false, "orders")).isFalse();
        assertThat(rules.maySend("live", "scanner", false, "logger")).isTrue();
        assertThat(rules.maySend("paper", "a", false, "b")).isTrue();
        assertThat(rules.maySend("live", "a", false, "b")).isFalse();
        assertThat(rules.mayPublish("live", "feed", "md.btc.book")).isTrue();
        assertThat(rules.mayPublish("live", "scanner", "md.btc.book")).isFalse();
        assertThat(rules.mayPublish("live", "scanner", "notes.x")).isTrue();
        assertThat(rules.mayPublish("live", "scanner", "notes.x.y")).isFalse();
    }

    @Test
    void I50_shouldKnowGroupsFromAgents() {
        Access access =
                new Access(OWN, AccessRules.parse("feed -> group:pricers, feed -> risk", "", ""), Tokens.none());
        assertThat(access.maySendToGroup("live", "feed", "pricers")).isTrue();
        assertThat(access.maySend("live", "feed", "pricers")).isFalse();
        assertThat(access.maySend("live", "feed", "risk")).isTrue();
        assertThat(access.maySendToGroup("live", "feed", "risk")).isFalse();
        AccessRules joins = new AccessRules(
                List.of(), List.of(), List.of(), List.of(), AccessRules.names("paper/pricer-* -> pricers"));
        assertThat(joins.mayJoin("paper", "pricer-1", "pricers")).isTrue();
        assertThat(joins.mayJoin("live", "pricer-1", "pricers")).isFalse();
        assertThat(joins.mayJoin("paper", "pricer-1", "others")).isFalse();
        assertThat(AccessRules.open().mayJoin("live", "anybody", "anything")).isTrue();
    }

    @Test
    void shouldSayWhatIsWrongWithARule() {
        for (String bad : List.of(
                "a",
                "a->",
                "-> b",
                "A -> b",
                "a -> *b*",
                "a/b/c -> d",
                "group:a -> b",
                "a -> group:",
                "a -> group:B",
                "a -> b\u0007c")) {
            assertThatThrownBy(() -> AccessRules.parse(bad, "", ""))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("\u0007");
        }
        assertThatThrownBy(() -> AccessRules.parse("", "a -> x..y", "")).hasMessageContaining("topic pattern");
    }

    @Test
    void I48_shouldShowNoSecretAsText() {
        assertThat(new Tokens(ADMIN, Map.of("default/risk", TOKEN)).toString()).doesNotContain(ADMIN, TOKEN);
    }

    private static Access.Admission admit(Access access, String name, int uid, int boundUid, String auth) {
        return access.admit("default", name, uid, boundUid, auth);
    }
}
