package dev.relay.daemon.admin;

import dev.relay.daemon.routing.Counter;

/** What each counter of the core counts, for the HELP lines. A counter without its line does not compile. */
final class CounterMeanings {
    static String of(Counter counter) {
        return switch (counter) {
            case ACCEPTED -> "messages taken by their stream's mark";
            case DUPLICATES -> "sends at or below the mark, answered again and not delivered again";
            case REFUSED -> "refusals told to a client";
            case DELIVERED -> "messages written to a recipient, every attempt";
            case REDELIVERED -> "of the deliveries, those with the redelivered mark";
            case ACKED -> "messages whose handler returned";
            case NACKED -> "handler failures reported";
            case DEAD_LETTERED -> "messages moved to the dead letters";
            case EXPIRED -> "messages whose age limit passed before they were handled";
            case EXPIRED_ABSENT -> "expired messages whose recipient was away, paused or without credit";
            case EXPIRED_UNREAD -> "expired messages that lay in the store only";
            case EXPIRY_HELD ->
                "times an expired message stayed in its mailbox because too many gaps wait for absent agents";
            case SKIPS -> "gaps told to a recipient, where a number of its lane will not come";
            case SAFE_BY_DISK -> "receipts given because of a commit";
            case SAFE_BY_ACK -> "receipts given because of an ack before the commit";
            case LIVE -> "express messages and live publications handed to a session";
            case LIVE_DROPPED -> "live publications left out for a subscriber without credit";
            case STALE_NACKS -> "failures reported for a message that is no longer under way";
            case PAUSES -> "times senders were told PAUSED";
            case CIRCLES_ENDED -> "requests and replies that were safe together, both acked";
            case NEVER_WRITTEN -> "messages acked before their batch was cut";
            case FRAMES_WRITTEN -> "messages written to the store";
            case COMMITS -> "batches committed by the store";
            case COMMIT_FAILURES -> "batches that failed to commit and are repeated";
            case SPILLED -> "messages dropped from memory because they are in the store";
            case READ_BACK -> "messages read back from the store";
            case FINISHED_UNREAD -> "stored messages that their recipient had finished before they were read back";
            case REWINDS -> "lanes that went back to a failed message";
            case FLOORS_RAISED -> "lanes whose recipient had finished more than the daemon knew";
            case SESSIONS_OPENED -> "sessions opened";
            case SESSIONS_FENCED -> "sessions ended because their agent was silent or replaced";
            case SUSPECTS -> "sessions that fell silent for 3 s";
            case TAKEOVERS -> "names taken over by another connection of the same agent";
            case HELLO_REFUSED -> "connections refused at HELLO";
            case BAD_FRAMES -> "frames that break the protocol";
            case UNKNOWN_FRAMES -> "frames of an unknown type, answered with a code";
            case PUBLISHED -> "publications taken";
            case MATCHED -> "subscribers that publications were for";
            case REPLIES -> "replies taken";
            case REDRIVEN -> "dead letters sent again by an operator";
            case CONTESTS -> "newcomers that asked for a name whose owner was silent";
            case TAKEOVER_STORMS -> "names refused because two processes took them from each other again and again";
            case EXPRESS_GAPS -> "express messages that a recipient did not get";
            case APP_ID_DUPLICATES -> "sends with an application id that was known already";
            case APP_IDS_FORGOTTEN_EARLY -> "application ids forgotten before 24 hours, for want of room";
            case JOURNALED -> "messages kept after their ack because of their class";
            case LANES_HALTED -> "lanes halted at a dead letter";
            case REVIVED -> "halted lanes that an operator let go on";
            case STORE_WENT_BACK -> "agents that had seen a newer store than this one";
            case UNAUTHORIZED -> "operations, sends and names refused to those who may not";
            case BREAKERS_OPENED -> "breakers of lanes or agents that opened";
            case SHADOWED -> "copies given to shadows";
            case SHADOW_REFUSED -> "copies left out because a shadow had no room";
            case PARTITIONS_MOVED -> "changes of the owner of a partition of a work group";
            case PARTITIONS_SEIZED ->
                "those of them that took messages in flight from an owner that was silent or kept them too long";
            case FENCED_BY_GROUP ->
                "acks and sends of a member for a partition that it owns no more, answered NOT_OWNER";
            case RECEIPTS_PACED ->
                "receipts of what is on disk that waited for the ack, because their sender is ahead of its recipient";
            case LANE_HANDLES_RECLAIMED ->
                "handles of lanes that were taken back: their partition moved, or they were idle and too many";
        };
    }

    private CounterMeanings() {}
}
