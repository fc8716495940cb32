package dev.relay.daemon.state;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The latest value of each key of one conflated topic, once for all its readers. Core thread only; bounded by {@link LatestDesk}. */
final class LatestTopic {
    /** One key; {@code index} is its place in the marks of the readers. */
    static final class Cell {
        final String key;
        final int index;

        @Nullable
        Object value;

        int bytes;
        long putNs;
        long puts;

        Cell(String key, int index) {
            this.key = key;
            this.index = index;
        }
    }

    final String namespace;
    final String name;
    final List<Cell> cells = new ArrayList<>();
    final Map<String, Cell> byKey = new HashMap<>();
    /** Who reads it, as of {@link #readersOf}. */
    List<LatestReader> readers = List.of();

    long readersOf = -1;

    LatestTopic(String namespace, String name) {
        this.namespace = namespace;
        this.name = name;
    }

    Cell cell(String key) {
        Cell cell = byKey.get(key);
        if (cell == null) {
            cell = new Cell(key, cells.size());
            cells.add(cell);
            byKey.put(key, cell);
        }
        return cell;
    }
}
