package dev.relay.daemon.transport;

import java.nio.ByteBuffer;

/** What a {@link FrameAssembler} tells its connection. The buffers are little-endian, valid during the call only. */
interface FrameSink {
    /** One whole frame at absolute offset {@code at}. */
    void onFrame(ByteBuffer b, int at);

    /** A frame above the limit that is being read past; its first 64 bytes are at {@code at}. */
    void onTooLarge(ByteBuffer b, int at);

    /** A length that cannot be: the stream cannot be read on, nothing more is fed. */
    void onBroken();

    /** True once HELLO was accepted. */
    boolean isOpen();

    /** True once the connection is closing: what is left of the read is dropped. */
    boolean isClosing();
}
