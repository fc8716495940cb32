/** The scenario table of {@code protocol/scenarios}, run by the Java client against a real daemon. */
@NullMarked
package dev.relay.scenarios;

import org.jspecify.annotations.NullMarked;
