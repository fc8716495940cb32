package dev.relay.daemon.routing;

import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.QuotaLimits;
import dev.relay.daemon.session.Session;
import dev.relay.protocol.Clock;
import dev.relay.protocol.ErrorCode;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a {@link Desk} may use of the bus. Core thread only. */
public interface BusServices {
    Clock clock();

    @Nullable
    Agent agent(String namespace, String name);

    /** Everybody who exists, not to be changed. */
    Collection<Agent> agents();

    /** Writes an EVENT frame, if the session is open and its HELLO named the event: {@code json} has it under "event". Lost with the connection. */
    void event(Session session, Map<String, ?> json);

    /**
     * Sends a durable message of the daemon's own, under a name that nobody can take, in the next cut.
     *
     * @return why not, or null
     */
    @Nullable
    ErrorCode send(String as, Agent recipient, String kind, Map<String, ?> payload);

    /** Whether the access lists let an agent publish on the topic. */
    boolean mayPublish(String namespace, String agent, String topic);

    /** Whether the access lists let an agent join the group. */
    boolean mayJoin(String namespace, String agent, String group);

    /** Writes a row of a desk in the next cut; a null body deletes it. */
    void keep(String desk, String namespace, String key, byte @Nullable [] body);

    /** Adds to the hash-chained audit in the next cut. */
    void audit(String op, String who, String what);

    /** Runs an action once everything noted so far is committed. */
    void whenCommitted(Runnable action);

    void count(Counter counter);

    /** Something about an agent has changed: its shadows are told by a durable message of this kind. */
    void shadow(Agent agent, String kind, Map<String, ?> payload);

    /** Of agents that have no quota of their own, by the configuration. */
    QuotaLimits quota();

    /** Rises with each life of the daemon. */
    long bootNo();

    /** Who has which partition of a group. */
    PartitionSeats seats();

    /** A name that no agent can have: the daemon's own, or of a part of it. */
    boolean isOwnName(String name);

    /** Tells a session of something wrong that it goes on after. */
    void error(Session session, ErrorCode code, String message);
}
