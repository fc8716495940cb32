package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.session.Agent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What members of work groups were given and their shadows not yet. Who gets a message of a group is known when it is delivered, not when it is accepted; its copy is accepted at the end of the same
 * batch of reads, in one cut with whatever the member says of it. A repeat to the same member has no second copy, one that is read from the store after a start of the daemon has. Core thread only;
 * bounded by what one batch delivers, and by the lanes of groups whose members are shadowed.
 */
final class MemberCopies {
    private record Given(Agent member, Lane lane, Message message) {}

    private record Copied(long groupEpoch, long epoch, long seq) {}

    private final Core core;
    private final List<Given> given = new ArrayList<>();
    private final Map<Lane, Copied> copied = new HashMap<>();

    MemberCopies(Core core) {
        this.core = core;
    }

    /** A message of a group went to its member. */
    void onDelivered(Lane lane, Message m) {
        Agent member = lane.recipient.actor();
        if (member.shadows != null && isFirst(lane, m)) {
            core.pool.retain(m);
            given.add(new Given(member, lane, m));
            copied.put(lane, new Copied(lane.recipient.epoch, m.epoch, m.seq));
        }
    }

    private boolean isFirst(Lane lane, Message m) {
        Copied last = copied.get(lane);
        return last == null
                || last.groupEpoch() != lane.recipient.epoch
                || Lane.compare(m.epoch, m.seq, last.epoch(), last.seq()) > 0;
    }

    void giveTo(Copies copies) {
        for (int i = 0; i < given.size(); i++) {
            Given each = given.get(i);
            copies.incoming(each.lane().stream, each.member(), each.message());
            core.pool.release(each.message());
        }
        given.clear();
    }
}
