package dev.relay.daemon.sim;

import java.util.SplittableRandom;

/** What kind of run a seed is: how often handlers fail, what the limits are, what may break. Chances are per message. */
record Plan(
        boolean isFaultFree,
        double failure,
        double poison,
        double crashing,
        double forward,
        double manual,
        double ask,
        boolean isMemorySmall,
        boolean isMailboxSmall,
        boolean isWindowSmall,
        double storeFailure,
        int handlers,
        int creditMessages,
        int sinkBytes,
        boolean isLong,
        boolean isGrouped,
        boolean isHalting,
        boolean isMeddled,
        boolean isNamed,
        boolean isAged) {

    static Plan of(long seed, SplittableRandom random) {
        boolean faultFree = random.nextDouble() < 0.08;
        boolean failing = !faultFree && random.nextDouble() < 0.5;
        boolean isLong = seed % 250 == 7;
        return new Plan(
                faultFree,
                failing ? 0.08 : 0,
                !faultFree && random.nextDouble() < 0.2 && !isLong ? 0.05 : 0,
                !faultFree && random.nextDouble() < 0.15 && !isLong ? 0.03 : 0,
                random.nextDouble() < 0.8 ? 0.3 : 0,
                !faultFree && random.nextDouble() < 0.3 ? 0.2 : 0,
                random.nextDouble() < 0.3 ? 0.1 : 0,
                random.nextDouble() < 0.5,
                random.nextDouble() < 0.2,
                random.nextDouble() < 0.2,
                !faultFree && random.nextDouble() < 0.3 ? 0.2 : 0,
                random.nextInt(1, 4),
                random.nextInt(3) == 0 ? 2 : 16,
                random.nextInt(4) == 0 ? 2_048 : 1 << 16,
                isLong,
                seed % 8 == 2,
                !faultFree && seed % 8 == 5,
                !faultFree && seed % 8 == 1,
                seed % 8 == 3,
                seed % 8 == 6);
    }
}
