package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.InterestFilter;
import dev.relay.daemon.store.Recovered;
import dev.relay.protocol.Limits;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Brings the state of an earlier life of the daemon back from what its store recovered, before any connection. Messages stay in the store; lanes read them back in order. */
final class Restore {
    private final Core core;
    private final Delivery delivery;
    private final TopicIndex topics;
    private final AppIds appIds;
    private final List<Desk> desks;

    Restore(Core core, Delivery delivery, TopicIndex topics, AppIds appIds, List<Desk> desks) {
        this.core = core;
        this.delivery = delivery;
        this.topics = topics;
        this.appIds = appIds;
        this.desks = desks;
    }

    void run(Recovered recovered) {
        recovered.agents().forEach(this::agent);
        recovered.kinds().forEach(row -> core.putKind(row.id(), row.name()));
        recovered.streams().forEach(core::restore);
        recovered.lanes().forEach(this::lane);
        recovered.subscriptions().forEach(this::subscription);
        laneRows(recovered);
        appIds.restore(recovered.kept().appIds());
        delivery.revival.restore(recovered.kept().laneOptions());
        core.lanes.stream()
                .filter(lane -> lane.spilled == 0)
                .forEach(lane -> delivery.spill.appendSkips(lane, Long.MAX_VALUE, Long.MAX_VALUE));
        core.deadLetterCount = recovered.dead().size();
        core.agents.values().forEach(agent -> agent.isDurable = true);
        core.partitions().forEach(partition -> partition.isDurable = true);
        recovered.kept().documents().forEach(row -> desks.forEach(desk -> desk.restore(row)));
        forgetChanges();
    }

    /** What was made here is in the store already. */
    private void forgetChanges() {
        core.next.agents.clear();
        core.next.streams.clear();
        core.next.lanes.clear();
    }

    private void agent(Recovered.AgentRow row) {
        Agent agent = core.addAgent(row.namespace(), row.name(), row.uid());
        agent.epoch = row.epoch();
        agent.durableEpoch = row.epoch();
    }

    private void subscription(Recovered.SubscriptionRow row) {
        topics.add(core.addAgent(row.namespace(), row.agent(), -1), row.pattern(), true, InterestFilter.ALL);
    }

    private void laneRows(Recovered recovered) {
        Map<Integer, Lane> byId = new HashMap<>();
        core.lanes.forEach(lane -> byId.put(lane.id, lane));
        recovered
                .skips()
                .forEach(row -> lane(byId, row.lane()).recoveredSkips.add(new long[] {row.epoch(), row.seq()}));
        recovered.attempts().forEach(row -> failure(lane(byId, row.lane()), row));
    }

    private static Lane lane(Map<Integer, Lane> byId, int id) {
        return Objects.requireNonNull(byId.get(id), "a row names a lane that is not stored");
    }

    private void lane(Recovered.LaneRow row) {
        Lane lane = core.restore(row);
        lane.spilled = row.pending();
        lane.queuedBytes = row.pendingBytes();
        if (lane.spilled > 0) {
            delivery.expiry.noteUnknown(lane);
        }
        lane.recipient.mailbox.add(row.pending(), row.pendingBytes());
        for (int i = 0; i < row.finished().length; i += 2) {
            lane.recoveredFinished.add(new Lane.Position(row.finished()[i], row.finished()[i + 1]));
        }
    }

    private void failure(Lane lane, Recovered.AttemptRow row) {
        Failure f = new Failure(row.epoch(), row.seq());
        f.failures = row.attempts();
        f.crashes = row.crashes();
        long failedAtMs = row.attempts() > 1 ? Limits.retryOffsetMs(row.attempts() - 1) : 0;
        f.firstFailureNs = core.startedNs - TimeUnit.MILLISECONDS.toNanos(failedAtMs);
        f.dueNs = f.firstFailureNs + TimeUnit.MILLISECONDS.toNanos(row.dueOffsetMs());
        f.diesWhenDue = row.dueOffsetMs() >= Limits.RETRY_BUDGET_MS;
        f.firstAtMs = row.firstAtMs();
        f.error = row.error();
        lane.failures.add(f);
    }
}
