package dev.relay.sidecar.order;

import java.math.BigDecimal;

/** What the venue says an account holds of one asset, and when it said so (its clock, milliseconds). */
public record Balance(String asset, BigDecimal free, BigDecimal locked, long venueAtMs) {}
