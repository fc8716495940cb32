package dev.relay.exchange.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.relay.exchange.account.Account;
import dev.relay.exchange.api.Authenticator;
import dev.relay.exchange.api.ExchangeApi;
import dev.relay.exchange.api.Json;
import dev.relay.exchange.api.NoAnswer;
import dev.relay.exchange.api.Operation;
import dev.relay.exchange.api.Params;
import dev.relay.exchange.market.ErrorCode;
import dev.relay.exchange.market.ExchangeClock;
import dev.relay.exchange.market.Refusal;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Turns REST requests into operations and their results or refusals into answers with the venue's headers. */
public final class RestGateway {
    private final ExchangeApi api;
    private final Authenticator authenticator;
    private final ExchangeClock clock;

    public RestGateway(ExchangeApi api, Authenticator authenticator, ExchangeClock clock) {
        this.api = api;
        this.authenticator = authenticator;
        this.clock = clock;
    }

    public RestAnswer answer(RestRequest request) {
        try {
            Operation operation = Operation.ofRoute(request.method(), request.path());
            if (operation == null) {
                throw new Refusal(
                        ErrorCode.NO_SUCH_ROUTE, "No such endpoint: " + request.method() + " " + request.path());
            }
            return run(operation, request);
        } catch (NoAnswer unanswered) {
            return RestAnswer.NONE;
        } catch (Refusal refused) {
            return refusal(refused, request.ip());
        }
    }

    private RestAnswer run(Operation operation, RestRequest request) {
        Params params = params(request);
        api.limits().charge(request.ip(), operation.weight(params));
        Account account = operation.isSigned() ? authenticate(request, params) : null;
        JsonNode result = api.call(operation, params, request.ip(), account);
        return new RestAnswer(200, headers(request.ip(), operation.placesOrder() ? account : null), result);
    }

    private Account authenticate(RestRequest request, Params params) {
        String signed = FormText.withoutSignature(request.rawQuery()) + FormText.withoutSignature(request.body());
        return authenticator.verify(request.apiKey(), params, signed);
    }

    private static Params params(RestRequest request) {
        Map<String, String> values = new LinkedHashMap<>();
        try {
            FormText.readInto(values, request.body());
            FormText.readInto(values, request.rawQuery());
        } catch (IllegalArgumentException brokenEscape) {
            throw new Refusal(ErrorCode.ILLEGAL_CHARS, "Illegal characters found in a parameter.");
        }
        return new Params(values);
    }

    private RestAnswer refusal(Refusal refused, String ip) {
        Map<String, String> headers = headers(ip, null);
        if (refused.retryAtMs() > 0) {
            long seconds = Math.max(1, (refused.retryAtMs() - clock.nowMs() + 999) / 1000);
            headers.put("Retry-After", Long.toString(seconds));
        }
        ObjectNode body = Json.object().put("code", refused.code().code()).put("msg", refused.text());
        if (refused.data() instanceof JsonNode data) {
            body.set("data", data);
        }
        return new RestAnswer(refused.code().httpStatus(), headers, body);
    }

    private Map<String, String> headers(String ip, @Nullable Account ordering) {
        Map<String, String> headers = new LinkedHashMap<>();
        String weight = Integer.toString(api.limits().usedWeight(ip));
        headers.put("X-MBX-USED-WEIGHT", weight);
        headers.put("X-MBX-USED-WEIGHT-1M", weight);
        if (ordering != null) {
            headers.put("X-MBX-ORDER-COUNT-10S", Integer.toString(api.limits().ordersIn10s(ordering)));
            headers.put("X-MBX-ORDER-COUNT-1D", Integer.toString(api.limits().ordersInDay(ordering)));
        }
        return headers;
    }
}
