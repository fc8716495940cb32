@NullMarked
package dev.relay.cli.mcp;

import org.jspecify.annotations.NullMarked;
