@NullMarked
package dev.relay.examples.spring;

import org.jspecify.annotations.NullMarked;
