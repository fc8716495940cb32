package dev.relay.daemon.group;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Shares are even, and no more partitions move than must. */
class PlanTest {
    private static final int PARTITIONS = 64;

    private static int[] counts(int[] owners, int members) {
        int[] counts = new int[members];
        Arrays.stream(owners).filter(owner -> owner >= 0).forEach(owner -> counts[owner]++);
        return counts;
    }

    private static int[] random(Random random, int members) {
        return random.ints(PARTITIONS, Plan.AWAITED, members).toArray();
    }

    @Test
    void shouldSpreadEvenlyAndMoveAsFewAsPossible() {
        Random random = new Random(7);
        for (int run = 0; run < 5_000; run++) {
            int members = 1 + random.nextInt(80);
            int[] owners = random(random, members);
            int[] wanted = Plan.of(owners, members);
            int[] counts = counts(wanted, members);
            int all = (int)
                    Arrays.stream(owners).filter(owner -> owner != Plan.AWAITED).count();
            assertThat(Arrays.stream(counts).sum()).isEqualTo(all);
            assertThat(Arrays.stream(counts).max().orElse(0)
                            - Arrays.stream(counts).min().orElse(0))
                    .isLessThanOrEqualTo(1);
            assertThat(moved(owners, wanted)).isEqualTo(fewestMoves(counts(owners, members), all));
        }
    }

    private static int moved(int[] owners, int[] wanted) {
        int moved = 0;
        for (int i = 0; i < owners.length; i++) {
            assertThat(owners[i] == Plan.AWAITED).isEqualTo(wanted[i] == Plan.AWAITED);
            moved += owners[i] >= 0 && owners[i] != wanted[i] ? 1 : 0;
        }
        return moved;
    }

    /** What is above the even shares, when the larger shares go to those that have most. */
    private static int fewestMoves(int[] counts, int all) {
        int[] most = counts.clone();
        Arrays.sort(most);
        int moves = 0;
        for (int i = 0; i < most.length; i++) {
            int share = all / most.length + (i >= most.length - all % most.length ? 1 : 0);
            moves += Math.max(0, most[i] - share);
        }
        return moves;
    }

    @Test
    void shouldLeaveEverythingFreeWithoutMembers() {
        int[] owners = {Plan.FREE, Plan.AWAITED, Plan.FREE};
        assertThat(Plan.of(owners, 0)).containsExactly(Plan.FREE, Plan.AWAITED, Plan.FREE);
    }

    @Test
    void shouldChangeNothingThatIsEven() {
        int[] owners = Plan.of(filled(Plan.FREE), 5);
        assertThat(Plan.of(owners, 5)).isEqualTo(owners);
    }

    private static int[] filled(int owner) {
        int[] owners = new int[PARTITIONS];
        Arrays.fill(owners, owner);
        return owners;
    }
}
