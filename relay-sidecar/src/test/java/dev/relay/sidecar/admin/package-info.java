/** Tests of the admin HTTP. */
@org.jspecify.annotations.NullMarked
package dev.relay.sidecar.admin;
