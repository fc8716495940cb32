package dev.relay.client;

import java.util.Map;

/**
 * How a proposal ended.
 *
 * @param why {@code votes} or {@code timeout}
 * @param votes by voter
 */
public record Decision(long proposal, boolean isApproved, String why, Map<String, Vote> votes) {}
