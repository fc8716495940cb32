package dev.relay.sidecar.replay;

/**
 * A market that is busy by the seed.
 *
 * @param symbols books
 * @param framesPerSecond of all books together; they come in clumps, as real ones do
 * @param levelsPerFrame changed levels in each
 * @param frames how many in all
 * @param isFalling the price falls with every frame, through the bids, as in a flash crash
 */
public record BurstProfile(
        int symbols, int framesPerSecond, int levelsPerFrame, int frames, boolean isFalling, long seed) {
    public BurstProfile {
        if (symbols < 1 || symbols > 50 || framesPerSecond < 1 || levelsPerFrame < 16 || frames < 1) {
            throw new IllegalArgumentException("burst out of range, symbols=" + symbols + " framesPerSecond="
                    + framesPerSecond + " levelsPerFrame=" + levelsPerFrame + " frames=" + frames);
        }
    }

    /** Eight books that change {@code levelsPerSecond} levels for so many seconds, twenty a frame. */
    public static BurstProfile of(int levelsPerSecond, double seconds) {
        int perSecond = Math.max(1, levelsPerSecond / 20);
        return new BurstProfile(8, perSecond, 20, (int) Math.max(1, perSecond * seconds), false, 1);
    }

    /** The same while the price falls. */
    public BurstProfile falling() {
        return new BurstProfile(symbols, framesPerSecond, levelsPerFrame, frames, true, seed);
    }

    /** The same work, spread over so many books. */
    public BurstProfile over(int books) {
        return new BurstProfile(books, framesPerSecond, levelsPerFrame, frames, isFalling, seed);
    }

    String symbol(int index) {
        return "S" + (char) ('A' + index / 10) + (char) ('0' + index % 10) + "USDT";
    }

    public long levels() {
        return (long) frames * levelsPerFrame;
    }
}
