package dev.relay.sidecar.order;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Publishes order events on {@code orders.<account>.<symbol>}, kind {@value #KIND}, id = hash(account, event number). How
 * far it came is remembered now and then; after a crash some events repeat with the same ids. Alerts go behind. Thread
 * "orders-bus".
 */
final class BusSink implements EventSink {
    static final String KIND = "order.event";
    private static final int REMEMBER_EVERY = 100;

    private final String account;
    private final String journalId;
    private final OrderBus bus;
    private final LongSupplier remembered;
    private final LongConsumer remember;
    private final BusAlerts alerts;
    private long publishedEventNo;
    private long rememberedEventNo;

    /** @param journalId part of each event's id: another journal of the same account numbers from 1 again */
    BusSink(
            String account,
            String journalId,
            OrderBus bus,
            LongSupplier remembered,
            LongConsumer remember,
            BusAlerts alerts) {
        this.account = account;
        this.journalId = journalId;
        this.bus = bus;
        this.remembered = remembered;
        this.remember = remember;
        this.alerts = alerts;
    }

    @Override
    public long connect() {
        if (publishedEventNo == 0) {
            publishedEventNo = remembered.getAsLong();
            rememberedEventNo = publishedEventNo;
        }
        return publishedEventNo;
    }

    @Override
    public void accept(OrderEvent event) {
        Map<String, Object> body = new LinkedHashMap<>(event.event());
        String topic = "orders." + account + '.' + event.orderField("symbol");
        bus.publish(topic, KIND, ClientOrderId.ofEvent(account + '/' + journalId, event.eventNo()), body);
        publishedEventNo = event.eventNo();
        if (publishedEventNo - rememberedEventNo >= REMEMBER_EVERY) {
            remember();
        }
        alerts.publish();
    }

    @Override
    public void idle() {
        remember();
        alerts.publish();
    }

    private void remember() {
        if (publishedEventNo > rememberedEventNo) {
            rememberedEventNo = publishedEventNo;
            remember.accept(publishedEventNo);
        }
    }

    @Override
    public void close() {
        remember();
        alerts.close();
    }
}
