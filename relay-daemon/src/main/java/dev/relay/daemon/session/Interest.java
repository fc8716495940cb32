package dev.relay.daemon.session;

/** One subscription of an agent. The filter can change while it lives. Core thread only. */
public final class Interest {
    public final Agent agent;
    public final String pattern;
    /** Outlives the agent's sessions. */
    public final boolean isDurable;

    public InterestFilter filter;
    /** Its place in the list that an index keeps it in. */
    public int place;

    public Interest(Agent agent, String pattern, boolean isDurable, InterestFilter filter) {
        this.agent = agent;
        this.pattern = pattern;
        this.isDurable = isDurable;
        this.filter = filter;
    }
}
