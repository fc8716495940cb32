@NullMarked
package dev.relay.daemon.config;

import org.jspecify.annotations.NullMarked;
