package dev.relay.daemon.routing;

import static dev.relay.daemon.routing.Peer.code;
import static org.assertj.core.api.Assertions.assertThat;

import dev.relay.protocol.FrameType;
import dev.relay.protocol.Json;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proposals on the real heart: who is asked, how votes count, what is refused, what a crash and the clock do. */
class ProposalTest extends HeartTest {
    private Peer join(String name) {
        Peer peer = heart.join(name, "events", List.of("proposal"));
        peer.credit(100);
        return peer;
    }

    private static Map<String, @Nullable Object> propose(Peer by, String rule, Object voters, long threshold) {
        return by.control(
                "propose",
                "title",
                "sell it all",
                "voters",
                voters,
                "rule",
                rule,
                "threshold",
                threshold,
                "timeout_ms",
                5_000L);
    }

    private static Object number(Map<String, @Nullable Object> reply) {
        return Objects.requireNonNull(reply.get("proposal"));
    }

    private static String vote(Peer peer, Object proposal, String vote) {
        Map<String, @Nullable Object> reply =
                peer.control("proposal.vote", "proposal", proposal, "vote", vote, "reason", "because");
        return code(reply).equals("ok") ? String.valueOf(reply.get("decision")) : code(reply);
    }

    @Test
    void shouldAskVotersDurablyCountTheirVotesAndTellEverybodyConcerned() {
        Peer by = join("trader");
        join("risk").die();
        Peer compliance = join("compliance");
        Object no = number(propose(by, "unanimous", List.of("risk", "compliance"), 0));
        heart.turn();
        Peer risk = join("risk");
        assertThat(Json.object(risk.one(FrameType.DELIVER).payload()))
                .containsEntry("proposal", no)
                .containsEntry("title", "sell it all")
                .containsEntry("by", "trader");
        assertThat(compliance.deliveries()).hasSize(1);
        by.json(FrameType.CONTROL, Map.of("ref", 5L, "op", "proposal.await", "proposal", no));
        assertThat(vote(risk, no, "yes")).isEqualTo("open");
        assertThat(by.take(FrameType.CONTROL_REPLY)).isEmpty();
        assertThat(vote(compliance, no, "yes")).isEqualTo("approved");
        assertThat(by.one(FrameType.CONTROL_REPLY).json())
                .containsEntry("decision", "approved")
                .containsEntry("why", "votes");
        assertThat(List.of(by, risk, compliance))
                .allSatisfy(peer -> assertThat(peer.one(FrameType.EVENT).json())
                        .containsEntry("event", "proposal")
                        .containsEntry("decision", "approved"));
    }

    @ParameterizedTest
    @CsvSource({
        "majority, yy, approved",
        "majority, yna, denied",
        "majority, nn, denied",
        "majority, yn, open",
        "supermajority, yy, approved",
        "supermajority, nn, denied",
        "supermajority, ya, open",
        "unanimous, yyy, approved",
        "unanimous, a, denied",
        "unanimous, yy, open",
        "quorum, yy, approved",
        "quorum, yn, open",
        "quorum, yny, approved",
        "quorum, ann, denied",
    })
    void shouldDecideByTheRule(String rule, String votes, String decision) {
        Peer by = join("trader");
        List<Peer> voters = List.of(join("v0"), join("v1"), join("v2"));
        Object no = number(propose(by, rule, List.of("v0", "v1", "v2"), 0));
        String last = "";
        for (int i = 0; i < votes.length(); i++) {
            String word = votes.charAt(i) == 'y' ? "yes" : votes.charAt(i) == 'n' ? "no" : "abstain";
            last = vote(voters.get(i), no, word);
        }
        assertThat(last).isEqualTo(decision);
    }

    @Test
    void shouldCountWeights() {
        Peer by = join("trader");
        Peer heavy = join("heavy");
        Peer light = join("light");
        Object first = number(propose(by, "weighted", Map.of("heavy", 3L, "light", 1L), 0));
        assertThat(vote(light, first, "yes")).isEqualTo("open");
        assertThat(vote(heavy, first, "yes")).isEqualTo("approved");
        Object second = number(propose(by, "weighted", Map.of("heavy", 3L, "light", 1L), 4));
        assertThat(vote(light, second, "no")).isEqualTo("denied");
    }

    @Test
    void shouldRefuseASecondVoteALateOneAndOneOfAStrangerAndLeaveTheProposalAsItIs() {
        Peer by = join("trader");
        Peer risk = join("risk");
        join("other");
        Object no = number(propose(by, "unanimous", List.of("risk", "other"), 0));
        assertThat(vote(by, no, "yes")).isEqualTo("UNAUTHORIZED");
        assertThat(vote(risk, no, "maybe")).isEqualTo("BAD_REQUEST");
        assertThat(vote(risk, no, "yes")).isEqualTo("open");
        assertThat(vote(risk, no, "no")).isEqualTo("BAD_REQUEST");
        assertThat(vote(risk, 77L, "no")).isEqualTo("NOT_FOUND");
        assertThat(String.valueOf(by.control("proposal.get", "proposal", no).get("votes")))
                .contains("risk", "yes")
                .doesNotContain("other", "trader");
        heart.liveMs(5_500, by, risk);
        assertThat(by.control("proposal.get", "proposal", no))
                .containsEntry("decision", "denied")
                .containsEntry("why", "timeout");
        Object later = number(propose(by, "majority", List.of("risk"), 0));
        heart.liveMs(5_500, by, risk);
        assertThat(vote(risk, later, "yes")).isEqualTo("NOT_FOUND");
    }

    @Test
    void shouldRefuseWrongProposals() {
        Peer by = join("trader");
        assertThat(code(propose(by, "majority", List.of("nobody"), 0))).isEqualTo("NO_SUCH_RECIPIENT");
        assertThat(code(propose(by, "by dice", List.of("trader"), 0))).isEqualTo("BAD_REQUEST");
        assertThat(code(propose(by, "majority", List.of(), 0))).isEqualTo("BAD_REQUEST");
        assertThat(code(propose(by, "majority", List.of("trader", "trader"), 0)))
                .isEqualTo("BAD_REQUEST");
        assertThat(code(propose(by, "majority", List.of("trader"), 1))).isEqualTo("BAD_REQUEST");
        assertThat(code(propose(by, "quorum", List.of("trader"), 2))).isEqualTo("BAD_REQUEST");
        assertThat(code(propose(by, "weighted", Map.of("trader", 0L), 0))).isEqualTo("BAD_REQUEST");
        assertThat(code(by.control("propose", "title", "x", "voters", List.of("trader"), "timeout_ms", 0L)))
                .isEqualTo("BAD_REQUEST");
        assertThat(by.control("proposal.ls").get("proposals")).isEqualTo(List.of());
    }

    @Test
    void shouldKeepVotesAndTheDeadlineOverACrash() {
        Peer by = join("trader");
        Peer risk = join("risk");
        join("other");
        Object no = number(propose(by, "unanimous", List.of("risk", "other"), 0));
        heart.advanceMs(2_000);
        assertThat(vote(risk, no, "yes")).isEqualTo("open");
        heart.clock.wallMs -= 3_600_000; // a clock set back gives no time
        heart.crash();
        Peer again = join("trader");
        assertThat(again.control("proposal.get", "proposal", no))
                .containsEntry("decision", "open")
                .containsEntry("left_ms", 3_000L);
        Peer riskAgain = join("risk");
        assertThat(vote(riskAgain, no, "no")).isEqualTo("BAD_REQUEST");
        heart.liveMs(3_300, again, riskAgain);
        assertThat(again.control("proposal.get", "proposal", no)).containsEntry("decision", "denied");
        heart.crash();
        assertThat(join("trader").control("proposal.get", "proposal", no))
                .containsEntry("decision", "denied")
                .containsEntry("why", "timeout");
    }

    @Test
    void shouldAskThoseWhomACrashKeptFromBeingAsked() {
        Peer by = join("trader");
        join("risk");
        heart.store.isHolding = true;
        by.json(
                FrameType.CONTROL,
                Map.of("ref", 1L, "op", "propose", "title", "t", "voters", List.of("risk"), "timeout_ms", 60_000L));
        heart.bus.endOfBatch();
        heart.store.release();
        heart.store.complete(); // the proposal is on disk; the question is accepted, and lost with the daemon
        heart.crash();
        Peer risk = join("risk");
        heart.advanceMs(300);
        assertThat(Json.object(risk.one(FrameType.DELIVER).payload())).containsEntry("title", "t");
    }
}
