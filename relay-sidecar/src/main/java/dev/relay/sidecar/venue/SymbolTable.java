package dev.relay.sidecar.venue;

import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds a symbol's book by the bytes of the venue's spelling, in any case, without making a string. Immutable. */
public final class SymbolTable {
    private final byte[][] names;
    private final @Nullable VenueBook[] books;
    private final int mask;

    public SymbolTable(Collection<VenueBook> all) {
        int slots = Integer.highestOneBit(Math.max(4, all.size() * 4 - 1)) * 2;
        names = new byte[slots][];
        books = new VenueBook[slots];
        mask = slots - 1;
        for (VenueBook book : all) {
            byte[] name =
                    book.instrument().venueSymbol().toUpperCase(Locale.ROOT).getBytes(StandardCharsets.UTF_8);
            int slot = hash(name, 0, name.length) & mask;
            while (books[slot] != null) {
                slot = (slot + 1) & mask;
            }
            names[slot] = name;
            books[slot] = book;
        }
    }

    public @Nullable VenueBook find(byte[] bytes, int from, int to) {
        int slot = hash(bytes, from, to) & mask;
        for (VenueBook book = books[slot]; book != null; book = books[slot]) {
            if (same(names[slot], bytes, from, to)) {
                return book;
            }
            slot = (slot + 1) & mask;
        }
        return null;
    }

    private static int hash(byte[] bytes, int from, int to) {
        int hash = 17;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + upper(bytes[i]);
        }
        return hash ^ (hash >>> 15);
    }

    private static boolean same(byte[] name, byte[] bytes, int from, int to) {
        if (name.length != to - from) {
            return false;
        }
        for (int i = 0; i < name.length; i++) {
            if (name[i] != upper(bytes[from + i])) {
                return false;
            }
        }
        return true;
    }

    private static int upper(int c) {
        return c >= 'a' && c <= 'z' ? c - 32 : c;
    }
}
