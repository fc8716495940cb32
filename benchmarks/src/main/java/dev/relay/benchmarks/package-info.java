/** Microbenchmarks; {@code benchmarks/run} runs them with allocation profiling. */
@NullMarked
package dev.relay.benchmarks;

import org.jspecify.annotations.NullMarked;
