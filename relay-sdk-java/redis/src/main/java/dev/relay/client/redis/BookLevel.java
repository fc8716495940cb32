package dev.relay.client.redis;

import java.math.BigDecimal;

/** One price level, exact. */
public record BookLevel(BigDecimal price, BigDecimal quantity) {
    static BookLevel parse(String member) {
        int colon = member.indexOf(':');
        if (colon <= 0) {
            throw new ReadRefused(ReadRefused.Code.BOOK_MALFORMED, "member is not price:quantity, member=" + member);
        }
        return new BookLevel(new BigDecimal(member.substring(0, colon)), new BigDecimal(member.substring(colon + 1)));
    }
}
