package dev.relay.client.redis;

import java.math.BigDecimal;
import java.util.Map;

/**
 * One order.
 *
 * @param state PENDING_NEW, OPEN, PARTIALLY_FILLED, FILLED, CANCELLED, REJECTED, EXPIRED or UNKNOWN
 * @param price limit price, zero for an order without one
 * @param cumulative executed so far
 * @param averagePrice of the booked fills, zero before the first
 * @param fields every field of the record as text
 */
public record OrderRecord(
        String clientOrderId,
        String venueOrderId,
        String symbol,
        String side,
        String type,
        String state,
        BigDecimal price,
        BigDecimal quantity,
        BigDecimal cumulative,
        BigDecimal averagePrice,
        Map<String, String> fields) {}
