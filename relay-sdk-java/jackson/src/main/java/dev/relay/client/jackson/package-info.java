/** Payloads of any class by Jackson: on the class path is enough. */
@NullMarked
package dev.relay.client.jackson;

import org.jspecify.annotations.NullMarked;
