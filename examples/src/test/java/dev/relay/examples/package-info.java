@NullMarked
package dev.relay.examples;

import org.jspecify.annotations.NullMarked;
