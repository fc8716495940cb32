package dev.relay.sidecar.net;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A complete HTTP answer, whatever its status. Header names are as received; look them up with {@link #header}. */
@SuppressWarnings("ArrayRecordComponent")
public record RestResponse(int status, Map<String, List<String>> headers, byte[] body) {

    public boolean isOk() {
        return status >= 200 && status < 300;
    }

    /** First value of the header, name compared without case. */
    public Optional<String> header(String name) {
        return headers.entrySet().stream()
                .filter(entry -> entry.getKey().equalsIgnoreCase(name))
                .flatMap(entry -> entry.getValue().stream())
                .findFirst();
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }
}
