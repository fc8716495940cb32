package dev.relay.daemon.routing;

import dev.relay.daemon.flow.Lane;
import dev.relay.daemon.session.Agent;
import dev.relay.daemon.session.Session;
import dev.relay.daemon.store.DeadLetterRow;

/**
 * Who asks for an operation.
 *
 * @param who as the audit names it
 * @param namespace whose dead letters it may see; "" for those of every namespace
 * @param name agent name, "" when it is none
 * @param isOperator sees those of others too
 */
record Caller(String who, String namespace, String name, boolean isOperator) {
    static Caller of(Session session) {
        Agent agent = session.owner();
        return new Caller(
                Agent.key(agent.namespace, agent.name) + " uid=" + session.connection.uid() + " pid="
                        + session.connection.pid(),
                agent.namespace,
                agent.name,
                session.isOperator);
    }

    /** An operator who came by another way than the bus. */
    static Caller outside(String who) {
        return new Caller(who, "", "", true);
    }

    boolean isInNamespaceOf(Lane lane) {
        return namespace.isEmpty() || namespace.equals(lane.sender.namespace);
    }

    /** An operator, or an owner: its sender or its target. */
    boolean maySee(DeadLetterRow row) {
        return isOperator || name.equals(row.sender()) || name.equals(row.target());
    }
}
