@NullMarked
package dev.relay.cli.supervisor;

import org.jspecify.annotations.NullMarked;
