/** Tests of the journal on real files. */
@NullMarked
package dev.relay.sidecar.journal;

import org.jspecify.annotations.NullMarked;
