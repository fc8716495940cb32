@NullMarked
package dev.relay.daemon.admin;

import org.jspecify.annotations.NullMarked;
