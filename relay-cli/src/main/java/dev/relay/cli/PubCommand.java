package dev.relay.cli;

import dev.relay.client.Receipt;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "pub", description = "Publish on a topic and print how many subscriptions matched.")
final class PubCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "TOPIC", description = "Segments with dots between them: md.btc.trade.")
    String topic = "";

    @Parameters(index = "1", paramLabel = "PAYLOAD", description = "JSON, or text.")
    String payload = "";

    @Option(names = "--kind", defaultValue = "", description = "Chooses the handler of who subscribed; default: none.")
    String kind = "";

    @Option(
            names = "--timeout",
            defaultValue = "5s",
            description = "How long to wait for the receipt; default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofSeconds(5);

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        return bus.object(output, relay -> {
            Receipt receipt = relay.publish(topic, kind, Payload.of(payload)).result(timeout);
            Map<String, Object> fields = SendCommand.fields(receipt);
            fields.put("durable", receipt.durableMatches());
            fields.put("live", receipt.liveMatches());
            return fields;
        });
    }
}
