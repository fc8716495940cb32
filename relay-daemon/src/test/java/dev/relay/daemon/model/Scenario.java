package dev.relay.daemon.model;

/**
 * What takes part in one search and how much may go wrong.
 *
 * @param messages how many messages the sender's application sends, over all lives of its process (at most 4)
 * @param recipients 1 for a direct message, 2 for a topic with two subscribers
 * @param forwards whether the handler of recipient 0 sends a durable message to a third party before it returns
 * @param replies whether that message goes back to the sender: a request and its reply
 * @param disk whether message 1 asks for {@code disk} (or carries an application id)
 * @param refusals how often the daemon may refuse for want of room
 * @param commitFailures how often a commit may fail
 * @param deliversAtOnce whether the daemon writes a delivery in the step that makes it possible; a delivery that nobody has read
 *     yet and one that is not yet written differ only in what the search costs
 * @param faults how many crashes, broken links and power losses may happen, between any two steps
 */
record Scenario(
        String name,
        int messages,
        int recipients,
        boolean forwards,
        boolean replies,
        boolean disk,
        int refusals,
        int commitFailures,
        boolean deliversAtOnce,
        int faults) {

    /** ACK_OK lets the inbox forget; one recipient without a send of its own shows all there is to see. */
    boolean hasAckOk() {
        return recipients == 1 && !forwards;
    }

    /** The first lane of a stream. */
    static int firstLane(int stream) {
        return stream == 0 ? 0 : World.FORWARD;
    }

    /** One past the last lane of a stream. */
    int endLane(int stream) {
        return stream == 0 ? recipients : World.FORWARD + 1;
    }
}
