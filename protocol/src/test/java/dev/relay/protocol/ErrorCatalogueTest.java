package dev.relay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** {@code errors.json} is what other languages read; the enums must say the same. */
class ErrorCatalogueTest {
    @Test
    void shouldHaveEveryCodeOfTheCatalogueWithItsNumber() throws IOException {
        List<?> codes = catalogue("codes");
        assertThat(codes).hasSize(ErrorCode.values().length);
        for (Object o : codes) {
            Map<?, ?> row = (Map<?, ?>) o;
            ErrorCode code = ErrorCode.valueOf((String) Objects.requireNonNull(row.get("name")));
            assertThat((long) code.number()).isEqualTo(row.get("number"));
            assertThat(code.isRetryable()).isEqualTo(row.get("retryable"));
            assertThat(code.isFatal()).isEqualTo(row.get("fatal"));
            assertThat(code.action()).isEqualTo(row.get("action"));
            assertThat(ErrorCode.byNumber(code.number())).isEqualTo(code);
        }
    }

    @Test
    void shouldHaveEveryDeadLetterReasonWithItsNumber() throws IOException {
        List<?> reasons = catalogue("dead_letter_reasons");
        assertThat(reasons).hasSize(DeadLetterReason.values().length);
        for (Object o : reasons) {
            Map<?, ?> row = (Map<?, ?>) o;
            DeadLetterReason reason = DeadLetterReason.valueOf((String) Objects.requireNonNull(row.get("name")));
            assertThat((long) reason.number()).isEqualTo(row.get("number"));
            assertThat(DeadLetterReason.byNumber(reason.number())).isEqualTo(reason);
        }
    }

    private static List<?> catalogue(String list) throws IOException {
        Map<String, ?> all = Json.object(Files.readString(Path.of("errors.json")));
        return (List<?>) Objects.requireNonNull(all.get(list));
    }
}
