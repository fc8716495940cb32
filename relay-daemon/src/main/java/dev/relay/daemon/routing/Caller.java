package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.DeadLetterRow;
import org.jspecify.annotations.Nullable;

/**
 * Who asks for an operation.
 *
 * @param session null when it came by another way than the bus
 * @param who as the audit names it
 * @param namespace whose dead letters it may see; "" for those of every namespace
 * @param name agent name, "" when it is none
 * @param isOperator sees those of others too
 */
public record Caller(@Nullable Session session, String who, String namespace, String name, boolean isOperator) {
    public static Caller of(Session session) {
        Agent agent = session.owner();
        return new Caller(
                session,
                Agent.key(agent.namespace, agent.name) + " uid=" + session.connection.uid() + " pid="
                        + session.connection.pid(),
                agent.namespace,
                agent.name,
                session.isOperator);
    }

    /** An operator who came by another way than the bus. */
    public static Caller outside(String who) {
        return new Caller(null, who, "", "", true);
    }

    boolean isInNamespaceOf(Lane lane) {
        return namespace.isEmpty() || namespace.equals(lane.sender.namespace);
    }

    /** An operator, or an owner: its sender or its target. */
    boolean maySee(DeadLetterRow row) {
        return isOperator || name.equals(row.sender()) || name.equals(row.target());
    }
}
