package dev.relay.cli.top;

import dev.relay.client.Relay;
import dev.relay.client.redis.StateReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/**
 * The live dashboard: draws what {@link Sources} saw, a few times a second and after each key, on the screen's second page, so that what was there before comes back at the end. The
 * calling thread draws and obeys the keys, "top-keys" reads them.
 */
public final class Top {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[2J";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String END_OF_LINE = "\u001b[K";
    private static final String PLAIN = "\u001b[0m";
    private static final int NARROW = 80;
    private static final int LOW = 24;
    private static final int MAX_TYPED = 64;

    private final Terminal terminal;
    private final boolean isColourful;
    private final Duration every;
    private final Keys keys = new Keys();

    public Top(Terminal terminal, boolean isColourful, Duration every) {
        this.terminal = terminal;
        this.isColourful = isColourful;
        this.every = every;
    }

    /**
     * Runs until {@code q}, the end of the input or an interrupt of the terminal.
     *
     * @param books where the books are, null while no sidecar has said so
     * @param read reads them
     */
    public void run(
            Supplier<Relay> bus,
            Supplier<@Nullable StateReader> books,
            Function<StateReader, List<Map<String, Object>>> read)
            throws InterruptedException {
        Sources.Books source = new Sources.Books() {
            @Override
            public @Nullable StateReader open() {
                return books.get();
            }

            @Override
            public List<Map<String, Object>> read(StateReader reader) {
                return read.apply(reader);
            }
        };
        Attributes cooked = terminal.enterRawMode();
        try (Sources sources = new Sources(bus, source, every)) {
            terminal.handle(Terminal.Signal.INT, signal -> keys.press(3));
            write(ENTER);
            sources.start();
            loop(sources);
        } finally {
            write(LEAVE);
            terminal.setAttributes(cooked);
        }
    }

    private void loop(Sources sources) throws InterruptedException {
        BlockingQueue<Integer> typed = new ArrayBlockingQueue<>(MAX_TYPED);
        Thread reader = new Thread(() -> read(typed), "top-keys");
        reader.setDaemon(true);
        reader.start();
        while (!keys.isOver()) {
            draw(sources.picture());
            Integer key = typed.poll(Math.min(250, every.toMillis()), TimeUnit.MILLISECONDS);
            if (key != null) {
                keys.press(key == Keys.ESCAPE ? afterEscape(typed) : key);
            }
        }
    }

    /** Thread "top-keys": waits for the keyboard, which knows no time limit. Whoever types faster than we draw waits. The end of the input is the key {@code q}. */
    private void read(BlockingQueue<Integer> typed) {
        try {
            int key;
            do {
                key = terminal.reader().read();
                typed.put(key < 0 ? 'q' : key);
            } while (key >= 0);
        } catch (IOException e) {
            // a terminal that cannot be read any more has gone
            typed.clear();
            typed.add((int) 'q');
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** An arrow is three characters; Escape alone is followed by nothing. */
    private static int afterEscape(BlockingQueue<Integer> typed) throws InterruptedException {
        Integer next = typed.poll(20, TimeUnit.MILLISECONDS);
        if (next == null) {
            return Keys.ESCAPE;
        }
        Integer last = next == '[' ? typed.poll(20, TimeUnit.MILLISECONDS) : null;
        if (last == null) {
            boolean unused = typed.offer(next);
            return Keys.ESCAPE;
        }
        return last == 'A' ? 'k' : last == 'B' ? 'j' : 0;
    }

    private void draw(Picture picture) {
        int columns = terminal.getSize().getColumns();
        int rows = terminal.getSize().getRows();
        int width = columns > 0 ? columns : NARROW;
        int height = rows > 0 ? rows : LOW;
        List<View.Line> lines = View.lines(picture, keys, width, height);
        StringBuilder screen = new StringBuilder(HOME);
        for (int i = 0; i < lines.size(); i++) {
            screen.append(styled(lines.get(i))).append(END_OF_LINE);
            screen.append(i + 1 < lines.size() ? "\r\n" : "");
        }
        write(screen.toString());
    }

    private String styled(View.Line line) {
        String style = switch (line.look()) {
            case PLAIN -> "";
            case TITLE -> "\u001b[1m";
            case HEADING -> "\u001b[7m";
            case ALARM -> isColourful ? "\u001b[1;31m" : "\u001b[1m";
            case QUIET -> "\u001b[2m";
        };
        return style.isEmpty() ? line.text() : style + line.text() + PLAIN;
    }

    private void write(String text) {
        PrintWriter out = terminal.writer();
        out.print(text);
        out.flush();
    }
}
