package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Failure;
import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.flow.Message;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.DeadLetterReason;
import java.util.List;

/**
 * The ends and beginnings of sessions as lanes see them: what was in flight goes back, a message that was alone in flight when its agent died is charged
 * (I16), and the agent that follows is fed carefully until it acks. Core thread only; keeps nothing of its own.
 */
final class Poison {
    private static final int POISON_CRASHES = 6;

    private final Core core;
    private final Delivery delivery;

    Poison(Core core, Delivery delivery) {
        this.core = core;
        this.delivery = delivery;
    }

    /** The session is gone: what it had in flight waits for the next one. */
    void onSessionEnd(Agent agent, boolean orderly) {
        int flying = orderly ? 0 : Pump.inFlightInAll(agent);
        end(agent, flying);
        for (Agent partition : List.copyOf(agent.partitions)) {
            partition.session = null;
            end(partition, flying);
        }
        agent.partitions.clear();
    }

    /** A partition is taken from a member that lives: nobody died of what it had in flight. */
    void onTaken(Agent partition) {
        Session session = partition.session;
        if (session != null) {
            delivery.announcements.takeBack(partition, session);
            partition.actor().partitions.remove(partition);
            partition.session = null;
            end(partition, 0);
        }
    }

    /** {@code flying} counts what was in flight with the member in all, 0 when it lives. */
    private void end(Agent agent, int flying) {
        agent.hold(Lane.OFFLINE, core.clock.nanoTime());
        agent.suspectedPoison = null;
        agent.suspectedLane = null;
        agent.endedWithFlight = false;
        for (Lane lane : agent.lanes.values()) {
            agent.endedWithFlight |= flying > 0 && lane.inFlight > 0;
            if (flying == 1 && lane.inFlight == 1) {
                suspectPoison(agent, lane);
            }
            endLane(lane);
        }
    }

    /** A member gets a partition; {@code sameProcess} tells whether it had it before its last session ended. */
    void onGiven(Agent partition, Agent member, boolean sameProcess) {
        partition.owner = member;
        partition.session = member.session;
        member.partitions.add(partition);
        partition.followOwner(core.clock.nanoTime());
        onSessionStart(partition, sameProcess);
        member.abnormalEnds = Math.max(member.abnormalEnds, partition.abnormalEnds);
        delivery.pump.pumpAll(partition);
    }

    private void suspectPoison(Agent agent, Lane lane) {
        for (int i = 0; i < lane.cursor; i++) {
            if (lane.state(i) == Lane.FLIGHT && !lane.isLive(i)) {
                agent.suspectedLane = lane;
                agent.suspectedPoison = new Failure(lane.epoch(i), lane.seq(i));
            }
        }
    }

    private void endLane(Lane lane) {
        lane.rewindTo(0);
        lane.handle = 0;
        lane.creditMessages = -1;
        for (int i = 0; i < lane.size(); i++) {
            if (lane.isLive(i) && lane.hasMessage(i) && lane.state(i) != Lane.DYING) {
                Message m = lane.removeLive(i);
                if (m != null) {
                    lane.queuedBytes -= m.length;
                    core.pool.release(m);
                }
            }
        }
        lane.advance();
        core.dirty(lane);
        delivery.pump.pump(lane);
    }

    /** A new session begins; {@code sameProcess} tells whether the agent survived the end of the last one. */
    void onSessionStart(Agent agent, boolean sameProcess) {
        agent.release(Lane.OFFLINE, core.clock.nanoTime());
        if (!sameProcess) {
            delivery.breakers.onNewProcess(agent);
        }
        if (!sameProcess && agent.endedWithFlight) {
            agent.abnormalEnds++;
            agent.lanes.values().forEach(lane -> lane.isOnProbation = true);
            chargeCrash(agent);
        }
        agent.endedWithFlight = false;
        agent.suspectedPoison = null;
        agent.suspectedLane = null;
    }

    /**
     * The agent came through a message of this lane. The lane is trusted again; the agent is once no other lane with work is on probation, so that a lane of harmless
     * messages cannot hide one that kills. True when other lanes may go on now.
     */
    boolean onSurvived(Lane lane) {
        Agent agent = lane.recipient.actor();
        lane.isOnProbation = false;
        if (agent.abnormalEnds == 0) {
            return false;
        }
        for (Lane other : agent.lanesCopy()) {
            if (other.isOnProbation && other.queued() > 0 && !other.isHalted && other.creditMessages != 0) {
                return true;
            }
        }
        agent.abnormalEnds = 0;
        agent.partitions.forEach(partition -> partition.abnormalEnds = 0);
        return true;
    }

    private void chargeCrash(Agent agent) {
        Lane lane = agent.suspectedLane;
        Failure suspect = agent.suspectedPoison;
        int i = lane == null || suspect == null ? -1 : lane.find(suspect.epoch, suspect.seq);
        if (lane == null || i < 0 || lane.state(i) != Lane.QUEUED) {
            return;
        }
        Failure f = delivery.retries.failed(lane, i);
        f.crashes++;
        f.error = "the agent died with this message alone in flight";
        if (f.crashes >= POISON_CRASHES) {
            delivery.retries.kill(lane, i, DeadLetterReason.POISON_CRASH);
        } else {
            delivery.retries.record(lane, f);
        }
    }
}
