package dev.relay.sidecar.venue.binance.order;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.relay.sidecar.order.Fill;
import dev.relay.sidecar.order.Instrument;
import dev.relay.sidecar.order.OrderReport;
import dev.relay.sidecar.order.OrderState;
import dev.relay.sidecar.order.VenueAnswer;
import java.util.List;
import org.junit.jupiter.api.Test;

class BinanceReportsTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private final BinanceReports reports = new BinanceReports(List.of(Instrument.of("BTC-USDT")));

    @Test
    void shouldMatchACancelOnTheOriginalClientId() throws Exception {
        OrderReport report = reports.executionReport(json("""
                {"e":"executionReport","s":"BTCUSDT","c":"cancel-id","C":"own-id","S":"BUY","o":"LIMIT","f":"GTC",
                 "q":"2","p":"100","x":"CANCELED","X":"CANCELED","r":"NONE","i":7,"l":"0","z":"0.5","L":"0",
                 "n":"0","N":null,"T":9,"t":-1,"I":3}"""));
        assertThat(report.clientId()).isEqualTo("own-id");
        assertThat(report.state()).isEqualTo(OrderState.CANCELLED);
        assertThat(report.fill()).isNull();
        assertThat(report.cumulative()).isEqualByComparingTo("0.5");
    }

    @Test
    void shouldReadATradeWithItsFee() throws Exception {
        OrderReport report = reports.executionReport(json("""
                {"e":"executionReport","s":"BTCUSDT","c":"own-id","C":"","S":"SELL","o":"MARKET","f":"GTC",
                 "q":"2","p":"0","x":"TRADE","X":"PARTIALLY_FILLED","r":"NONE","i":7,"l":"0.25","z":"0.25",
                 "L":"64000.10","n":"0.001","N":"BNB","T":9,"t":12345,"I":3}"""));
        Fill fill = report.fill();
        assertThat(fill).isNotNull();
        assertThat(fill.key()).isEqualTo(new Fill.Key("BTC-USDT", "12345", "7"));
        assertThat(fill.price()).isEqualByComparingTo("64000.10");
        assertThat(fill.commissionAsset()).isEqualTo("BNB");
        assertThat(report.clientId()).isEqualTo("own-id");
    }

    @Test
    void shouldReadFillsOfAPlaceBeforeItsStatus() throws Exception {
        List<OrderReport> list = reports.order(json("""
                {"symbol":"BTCUSDT","orderId":28,"clientOrderId":"own-id","transactTime":5,"price":"0",
                 "origQty":"10","executedQty":"10","status":"FILLED","timeInForce":"GTC","type":"MARKET",
                 "side":"SELL","fills":[{"price":"4000","qty":"6","commission":"4","commissionAsset":"USDT",
                 "tradeId":56},{"price":"3999","qty":"4","commission":"2","commissionAsset":"USDT","tradeId":57}]}"""), OrderReport.Source.ANSWER);
        assertThat(list).hasSize(3);
        assertThat(list.get(2).state()).isEqualTo(OrderState.FILLED);
        assertThat(list).allMatch(report -> "own-id".equals(report.clientId()));
    }

    @Test
    void shouldTellUnknownOutcomesFromRefusals() {
        assertThat(VenueErrors.answer(VenueCall.PLACE, 400, -1007, "Timeout", 1))
                .isInstanceOf(VenueAnswer.InDoubt.class);
        assertThat(VenueErrors.answer(VenueCall.PLACE, 503, 0, "", 1)).isInstanceOf(VenueAnswer.InDoubt.class);
        assertThat(VenueErrors.answer(VenueCall.PLACE, 400, -2010, "Duplicate order sent.", 1))
                .isInstanceOf(VenueAnswer.InDoubt.class);
        assertThat(VenueErrors.answer(VenueCall.PLACE, 400, -2010, "Account has insufficient balance", 1))
                .isInstanceOf(VenueAnswer.Refused.class);
        assertThat(VenueErrors.answer(VenueCall.QUERY, 400, -2013, "Order does not exist.", 77))
                .isEqualTo(new VenueAnswer.NotFound(77));
    }

    private static JsonNode json(String text) throws JsonProcessingException {
        return MAPPER.readTree(text);
    }
}
