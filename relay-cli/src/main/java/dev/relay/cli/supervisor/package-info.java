/** Starts agents from templates, keeps them running, ends them: a process of its own, so that agents outlive the daemon. */
@NullMarked
package dev.relay.cli.supervisor;

import org.jspecify.annotations.NullMarked;
