/** Loopback HTTP: metrics, liveness, readiness, health score. */
@NullMarked
package dev.relay.sidecar.admin;

import org.jspecify.annotations.NullMarked;
