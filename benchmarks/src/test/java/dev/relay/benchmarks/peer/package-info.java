@NullMarked
package dev.relay.benchmarks.peer;

import org.jspecify.annotations.NullMarked;
