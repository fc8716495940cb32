package dev.relay.daemon.sim;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** One way to break the real code: texts to find in source files and what to put in their place. Listed in {@code mutants.txt}. */
record Mutant(String name, String breaks, List<Edit> edits) {
    /** {@code file} is relative to the root of the repository. */
    record Edit(String file, String find, String replace) {
        String apply(String source) {
            int at = source.indexOf(find);
            if (at < 0 || source.indexOf(find, at + 1) >= 0) {
                throw new IllegalStateException(
                        "the text of a mutant is not there exactly once; adapt mutants.txt: file=" + file + " text="
                                + find);
            }
            return source.substring(0, at) + replace + source.substring(at + find.length());
        }
    }

    static List<Mutant> all() throws IOException {
        try (InputStream in = Objects.requireNonNull(Mutant.class.getResourceAsStream("mutants.txt"))) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    private static List<Mutant> parse(String text) {
        List<Mutant> mutants = new ArrayList<>();
        String[] blocks = text.split("(?m)^=== ", -1);
        for (int i = 1; i < blocks.length; i++) {
            if (blocks[i].startsWith("mutant ")) {
                mutants.add(mutant(blocks[i].substring("mutant ".length())));
            }
        }
        return mutants;
    }

    private static Mutant mutant(String block) {
        String[] parts = block.split("(?m)^--- ", -1);
        String[] head = parts[0].split("\n", -1);
        List<Edit> edits = new ArrayList<>();
        for (int i = 1; i < parts.length; i++) {
            edits.add(edit(parts[i]));
        }
        return new Mutant(head[0], head[1], edits);
    }

    private static Edit edit(String part) {
        int fileEnd = part.indexOf('\n');
        int middle = part.indexOf("\n+++\n");
        String replace = part.substring(middle + "\n+++\n".length(), part.length() - 1);
        return new Edit(part.substring(0, fileEnd), part.substring(fileEnd + 1, middle), replace);
    }
}
