/** F1: seeded mutation of known inputs. */
@NullMarked
package dev.relay.daemon.fuzz;

import org.jspecify.annotations.NullMarked;
