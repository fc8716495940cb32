@NullMarked
package dev.relay.cli.console;

import org.jspecify.annotations.NullMarked;
