package dev.relay.exchange.stream;

/** Somebody who subscribed to market streams: gets each event raw or wrapped with its stream's name. */
interface Subscriber {
    void onEvent(StreamMessage message);
}
