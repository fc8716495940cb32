@NullMarked
package dev.relay.cli.bench;

import org.jspecify.annotations.NullMarked;
