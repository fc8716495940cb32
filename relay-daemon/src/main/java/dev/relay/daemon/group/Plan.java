package dev.relay.daemon.group;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Which member should own which partition: shares differ by one at most, and as few partitions as possible move. Members that have most
 * keep the larger shares; who has too much gives its highest partitions. Pure.
 */
final class Plan {
    /** Has no owner. */
    static final int FREE = -1;
    /** Waits for an owner that may come back, and counts for nobody. */
    static final int AWAITED = -2;

    /** The owner that each partition should have: {@code owners} as now, each {@link #FREE}, {@link #AWAITED} or a number below {@code members}. */
    static int[] of(int[] owners, int members) {
        int[] wanted = owners.clone();
        int[] has = new int[members];
        for (int owner : owners) {
            if (owner >= 0) {
                has[owner]++;
            }
        }
        int[] shares = shares(owners, has);
        for (int i = wanted.length - 1; i >= 0; i--) {
            if (wanted[i] >= 0 && has[wanted[i]] > shares[wanted[i]]) {
                has[wanted[i]]--;
                wanted[i] = FREE;
            }
        }
        handOut(wanted, has, shares);
        return wanted;
    }

    private static int[] shares(int[] owners, int[] has) {
        int members = has.length;
        int[] shares = new int[members];
        if (members > 0) {
            int all = (int)
                    Arrays.stream(owners).filter(owner -> owner != AWAITED).count();
            Arrays.fill(shares, all / members);
            IntStream.range(0, members)
                    .boxed()
                    .sorted(Comparator.comparing((Integer member) -> -has[member]))
                    .limit(all % members)
                    .forEach(member -> shares[member]++);
        }
        return shares;
    }

    private static void handOut(int[] wanted, int[] has, int[] shares) {
        int member = 0;
        for (int i = 0; i < wanted.length; i++) {
            while (member < has.length && has[member] >= shares[member]) {
                member++;
            }
            if (wanted[i] == FREE && member < has.length) {
                wanted[i] = member;
                has[member]++;
            }
        }
    }

    private Plan() {}
}
