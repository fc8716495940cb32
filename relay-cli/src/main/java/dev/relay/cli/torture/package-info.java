/**
 * {@code relay torture}: real processes that are killed at random times, and what they wrote down about it. The histories are judged by
 * {@code bin/lib/check_history.py}, which shares no code with the daemon or the SDKs.
 */
@NullMarked
package dev.relay.cli.torture;

import org.jspecify.annotations.NullMarked;
