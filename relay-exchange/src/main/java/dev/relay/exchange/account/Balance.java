package dev.relay.exchange.account;

/** Free and locked amount of one asset, scaled by 10^8. Neither may become negative: that is a fault of the venue. */
public final class Balance {
    private long free;
    private long locked;

    public long free() {
        return free;
    }

    public long locked() {
        return locked;
    }

    /** As a former life left it. */
    public void set(long freeAmount, long lockedAmount) {
        free = notNegative(freeAmount);
        locked = notNegative(lockedAmount);
    }

    public void credit(long amount) {
        free = Math.addExact(free, amount);
    }

    /** Free to locked. */
    public void lock(long amount) {
        free = notNegative(free - amount);
        locked = Math.addExact(locked, amount);
    }

    /** Locked back to free. */
    public void unlock(long amount) {
        locked = notNegative(locked - amount);
        free = Math.addExact(free, amount);
    }

    /** Locked amount leaves the account. */
    public void spend(long amount) {
        locked = notNegative(locked - amount);
    }

    private static long notNegative(long amount) {
        if (amount < 0) {
            throw new IllegalStateException("balance below zero: amount=" + amount);
        }
        return amount;
    }
}
