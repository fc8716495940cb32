package dev.relay.daemon.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An exhaustive search over the delivery rules R1 to R9 as they stand in {@code protocol/rules.md}: "safe by disk or by ack".
 *
 * <p>The model has a sender (application, SDK with outbox, seqs and epoch, all in memory), the daemon (marks, floors and queues in
 * memory; one batch at a time cut as a whole and committed or failed; the durable state), one or two recipients (an inbox that
 * outlives its connection, one handler at a time) and, for the forwarder, a third party that the handler sends to. Frames travel
 * over FIFO links. HELLO, WELCOME and RESUME are one step, because nothing else may be written before them; every other read,
 * write, cut, commit, delivery, effect and ACK is a step of its own, taken in every possible order.
 *
 * <p>Between any two steps a process may crash, a link may break or the power may fail, up to the number of faults of the
 * scenario. A broken link has carried any prefix of what was written to it. What a dead sender had written may even be read after
 * its successor has connected. Power loss ends all processes and keeps what was committed (level L2). Dead processes start again.
 *
 * <p>{@link Promises} are checked when a handler runs, when a caller is told an outcome, at every recovery, and wherever nothing is
 * left to do. Since the search also shows that steps without faults form no cycle, every state leads to such a place of rest
 * whatever the order of steps, and there all that was told ok has been handled, and all queues and outboxes are empty.
 *
 * <p>Left out: retries after a NACK, dead letters, credit, priorities, groups, a store that goes back in time, a third party that
 * fails, and acks out of order inside a lane. Each {@link Mutant} takes one piece out of a rule; the search must find what breaks then, and prints the shortest trace.
 */
class SafeByDiskOrAckModelTest {
    private static final Scenario DIRECT = new Scenario("direct", 2, 1, false, false, false, 0, 0, false, 2);
    private static final Scenario DISK = new Scenario("direct, disk asked", 2, 1, false, false, true, 0, 0, false, 2);
    private static final Scenario COMMIT_FAILS =
            new Scenario("direct, a commit fails", 2, 1, false, false, false, 0, 1, true, 2);
    private static final Scenario THREE =
            new Scenario("direct, three messages", 3, 1, false, false, false, 0, 0, true, 1);
    private static final Scenario FORWARDER = new Scenario("forwarder", 1, 1, true, false, false, 0, 0, true, 2);
    private static final Scenario TWO_FORWARDS =
            new Scenario("forwarder, two messages", 2, 1, true, false, false, 0, 0, true, 1);
    private static final Scenario TOPIC = new Scenario("topic", 1, 2, false, false, false, 0, 0, true, 2);
    private static final Scenario TOPIC_OF_TWO =
            new Scenario("topic, two messages", 2, 2, false, false, false, 0, 0, true, 1);
    private static final Scenario REFUSAL = new Scenario("refusal", 2, 1, false, false, false, 1, 0, true, 2);
    private static final Scenario REFUSAL_OF_THREE =
            new Scenario("refusal, three messages", 3, 1, false, false, false, 1, 0, true, 1);
    private static final Scenario PIPELINE =
            new Scenario("refusal, four messages", 4, 1, false, false, false, 1, 0, true, 0);

    private static final Scenario REQUEST = new Scenario("request", 1, 1, true, true, false, 0, 0, true, 2);
    private static final Scenario SLOW_REPLY =
            new Scenario("request, its reply waits for credit", 1, 1, true, true, false, 0, 0, false, 1);
    private static final Scenario TWO_REQUESTS =
            new Scenario("request, two of them", 2, 1, true, true, false, 0, 0, true, 1);

    @Test
    void directMessagesKeepR1ToR9OverTwoFaults() {
        assertHolds(DIRECT);
        assertHolds(THREE);
    }

    @Test
    void messageThatAskedForDiskIsOnlyOkOnceCommittedByR7b() {
        assertHolds(DISK);
    }

    @Test
    void failedCommitLosesNothingByR8() {
        assertHolds(COMMIT_FAILS);
    }

    @Test
    void doneImpliesThatWhatTheHandlerSentIsSafeByR7c() {
        assertHolds(FORWARDER);
    }

    @Test
    @Tag("nightly")
    void doneImpliesThatWhatTheHandlerSentIsSafeByR7cForTwoMessages() {
        assertHolds(TWO_FORWARDS);
    }

    @Test
    void requestAndReplyAreSafeTogetherOnceBothAreAckedByR7c() {
        assertHolds(REQUEST);
        assertHolds(SLOW_REPLY);
    }

    @Test
    @Tag("nightly")
    void requestsAndRepliesAreSafeTogetherOnceBothAreAckedByR7c() {
        assertHolds(TWO_REQUESTS);
    }

    @Test
    void publishReachesAllSubscribersOrNoneByR6AndR7a() {
        assertHolds(TOPIC);
        assertHolds(TOPIC_OF_TWO);
    }

    @Test
    void refusedIsNeverDeliveredAndNothingPassesItByR2() {
        assertHolds(REFUSAL);
        assertHolds(REFUSAL_OF_THREE);
        assertHolds(PIPELINE);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyRuleTakenAwayIsCaughtWithATrace(Mutant mutant) {
        Scenario scenario = scenarioFor(mutant);
        StateSearch.Result result = new StateSearch(scenario, mutant).run();
        System.out.printf(
                "P2 %s: %s [%s] -> %s after %d steps (%,d states)%n",
                mutant,
                mutant.change(),
                scenario.name(),
                result.violation(),
                result.trace().size(),
                result.states());
        assertThat(result.violation()).as("%s: %s", mutant, mutant.change()).isNotNull();
        assertThat(result.trace()).isNotEmpty();
    }

    private static Scenario scenarioFor(Mutant mutant) {
        return switch (mutant) {
            case R2_SEQ_REUSED_AT_ONCE -> PIPELINE;
            case R2_RING_INSTEAD_OF_MARK, R2_MARK_MOVES_ON_REFUSAL, R2_RESENT_MAY_BE_REFUSED -> REFUSAL_OF_THREE;
            case R6_TOPIC_LANES_APART, R7A_ANY_RECIPIENT -> TOPIC;
            case R7B_DISK_IGNORED -> DISK;
            case R7C_FORWARD_IGNORED, R7C_ACK_BEFORE_SENDS, R7C_HELLO_FLOOR_IS_ACK -> FORWARDER;
            case R7C_CIRCLE_WITHOUT_ACK -> SLOW_REPLY;
            case R8_FAILED_COMMIT_REFUSES -> COMMIT_FAILS;
            default -> DIRECT;
        };
    }

    private static void assertHolds(Scenario scenario) {
        StateSearch.Result result = new StateSearch(scenario, Mutant.NONE).run();
        System.out.printf(
                "P2 %s: %,d states, %,d places of rest, %d steps deep, violation: %s%n",
                scenario.name(), result.states(), result.restingStates(), result.depth(), result.violation());
        assertThat(result.violation())
                .as("%s%n%s", scenario.name(), String.join(System.lineSeparator(), result.trace()))
                .isNull();
        assertThat(result.restingStates()).isPositive();
    }
}
