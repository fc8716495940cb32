package dev.relay.daemon.flow;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A ring of messages with one number each. Core thread only; grows by doubling and stays; bounded by the senders' windows. */
public final class MessageQueue {
    private @Nullable Message[] messages = new @Nullable Message[16];
    private long[] numbers = new long[16];
    private int head;
    private int size;

    public int size() {
        return size;
    }

    public boolean isEmpty() {
        return size == 0;
    }

    public void add(Message m, long number) {
        if (size == messages.length) {
            grow();
        }
        int i = (head + size++) & (messages.length - 1);
        messages[i] = m;
        numbers[i] = number;
    }

    public Message get(int i) {
        return java.util.Objects.requireNonNull(messages[(head + i) & (messages.length - 1)]);
    }

    public long number(int i) {
        return numbers[(head + i) & (messages.length - 1)];
    }

    public Message poll() {
        Message m = get(0);
        messages[head] = null;
        head = (head + 1) & (messages.length - 1);
        size--;
        return m;
    }

    private void grow() {
        @Nullable Message[] m = Arrays.copyOf(messages, 2 * size);
        long[] n = new long[2 * size];
        for (int i = 0; i < size; i++) {
            m[i] = messages[(head + i) & (size - 1)];
            n[i] = numbers[(head + i) & (size - 1)];
        }
        messages = m;
        numbers = n;
        head = 0;
    }
}
