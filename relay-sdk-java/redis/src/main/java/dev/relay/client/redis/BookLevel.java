package dev.relay.client.redis;

import java.math.BigDecimal;
import java.util.List;

/** One price level, exact. */
public record BookLevel(BigDecimal price, BigDecimal quantity) {
    static BookLevel parse(String member) {
        int colon = member.indexOf(':');
        if (colon <= 0) {
            throw new ReadRefused(ReadRefused.Code.BOOK_MALFORMED, "member is not price:quantity, member=" + member);
        }
        return new BookLevel(new BigDecimal(member.substring(0, colon)), new BigDecimal(member.substring(colon + 1)));
    }

    /** One side as JSON has it: price and quantity of each level as plain decimals, in the same order. */
    public static List<List<String>> texts(List<BookLevel> side) {
        return side.stream()
                .map(l -> List.of(l.price.toPlainString(), l.quantity.toPlainString()))
                .toList();
    }
}
