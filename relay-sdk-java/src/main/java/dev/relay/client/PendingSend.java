package dev.relay.client;

/** Attachment of a send: its handle, and whether the receipt or the addressee's result completes it. */
record PendingSend(SendHandle handle, boolean wantsResult) {}
