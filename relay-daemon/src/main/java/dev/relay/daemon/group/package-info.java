/** Work groups: who owns which partition, and how partitions move when members come, go or die. */
@NullMarked
package dev.relay.daemon.group;

import org.jspecify.annotations.NullMarked;
