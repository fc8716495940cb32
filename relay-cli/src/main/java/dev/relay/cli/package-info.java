/** The {@code relay} command: one class per subcommand; they parse, call and print, nothing more. */
@NullMarked
package dev.relay.cli;

import org.jspecify.annotations.NullMarked;
