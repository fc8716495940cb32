package dev.relay.scenarios;

import dev.relay.client.Relay;

/** The steps of one subject. */
interface Steps {
    boolean knows(Step step);

    /** Makes the step's call as this agent and checks what it gives; what the client throws is for the caller to judge. */
    void run(String where, Step step, Relay relay);
}
