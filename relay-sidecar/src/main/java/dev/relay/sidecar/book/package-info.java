/** Order books: exact scaled prices, level storage, and the state machine that says whether a book may be believed. */
@NullMarked
package dev.relay.sidecar.book;

import org.jspecify.annotations.NullMarked;
