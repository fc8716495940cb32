package dev.relay.client.internal;

/** The application's own record of the last finished position of a lane, made under one store of the daemon. */
public record LaneFloor(String storeUuid, String sender, MessageClass messageClass, long epoch, long seq) {}
