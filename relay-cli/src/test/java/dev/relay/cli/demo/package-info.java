@NullMarked
package dev.relay.cli.demo;

import org.jspecify.annotations.NullMarked;
