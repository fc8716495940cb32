@NullMarked
package dev.relay.cli.top;

import org.jspecify.annotations.NullMarked;
