package dev.relay.exchange.alpaca;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.stream.Outlet;
import dev.relay.exchange.stream.SocketSession;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One connection to Alpaca's trading stream: authorization, then the streams listened to. Everything is sent in binary frames. Exchange loop only. */
public final class AlpacaSession implements SocketSession {
    private static final String TRADE_UPDATES = "trade_updates";

    private final Venue venue;
    private final AlpacaUpdates updates;
    private final Outlet outlet;
    private @Nullable Account account;

    public AlpacaSession(Venue venue, AlpacaUpdates updates, Outlet outlet) {
        this.venue = venue;
        this.updates = updates;
        this.outlet = outlet;
    }

    @Override
    public void onText(String text) {
        try {
            JsonNode request = Json.read(text);
            switch (request.path("action").asText()) {
                case "auth" ->
                    authorize(
                            request.path("key").asText(), request.path("secret").asText());
                case "authenticate" ->
                    authorize(
                            request.path("data").path("key_id").asText(),
                            request.path("data").path("secret_key").asText());
                case "listen" -> listen(request.path("data").path("streams"));
                default -> say("error", Json.object().put("error", "invalid action"));
            }
        } catch (JsonProcessingException notJson) {
            say("error", Json.object().put("error", "invalid json"));
        }
    }

    private void authorize(String key, String secret) {
        Account found = AlpacaKeys.account(venue, key, secret);
        account = found;
        say(
                "authorization",
                Json.object()
                        .put("status", found == null ? "unauthorized" : "authorized")
                        .put("action", "authenticate"));
    }

    /** The list replaces the one before. */
    private void listen(JsonNode streams) {
        Account owner = account;
        if (owner == null) {
            say("authorization", Json.object().put("status", "unauthorized").put("action", "listen"));
            return;
        }
        List<String> heard = new ArrayList<>();
        streams.forEach(stream -> {
            if (stream.asText().equals(TRADE_UPDATES)) {
                heard.add(TRADE_UPDATES);
            }
        });
        updates.remove(owner, this);
        if (!heard.isEmpty()) {
            updates.add(owner, this);
        }
        ObjectNode data = Json.object();
        heard.forEach(data.putArray("streams")::add);
        say("listening", data);
    }

    private void say(String stream, ObjectNode data) {
        ObjectNode message = Json.object().put("stream", stream);
        message.set("data", data);
        tell(Json.write(message));
    }

    void tell(byte[] json) {
        outlet.sendBinary(json);
    }

    @Override
    public void onClosed() {
        Account owner = account;
        if (owner != null) {
            updates.remove(owner, this);
        }
    }

    /** This stream announces nothing; it is cut. */
    @Override
    public void onShutdown() {}

    @Override
    public boolean admitMessage() {
        return true;
    }
}
