package dev.relay.cli;

import dev.relay.client.HandlerOptions;
import dev.relay.client.Message;
import dev.relay.client.Relay;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(name = "sub", description = "Print what is published on matching topics, one line each.")
final class SubCommand implements Callable<Integer> {
    @Parameters(paramLabel = "PATTERN", description = "Topics; * is one segment, a last > the rest.")
    String pattern = "";

    @Mixin
    private CountOption wanted = new CountOption();

    @Option(names = "--duration", description = "Stop after this long.")
    @Nullable
    Duration duration;

    @Mixin
    private BusOptions bus = new BusOptions();

    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws InterruptedException {
        Output out = output.open();
        CountDownLatch left = wanted.left();
        try (Relay relay = bus.open()) {
            relay.on("*", HandlerOptions.ANY, message -> {
                print(out, message);
                left.countDown();
            });
            relay.subscribe(pattern, false);
            relay.start();
            if (duration == null) {
                left.await();
            } else if (!left.await(duration.toMillis(), TimeUnit.MILLISECONDS) && wanted.count > 0) {
                throw new CliException(
                        ExitCode.TIMEOUT,
                        (wanted.count - left.getCount()) + " of " + wanted.count + " came within "
                                + Spans.ofMs(duration.toMillis()));
            }
            return ExitCode.OK;
        }
    }

    private static synchronized void print(Output out, Message message) {
        if (!out.isJson()) {
            out.line(message.topic() + "  " + message.sender() + "  " + message.text());
            return;
        }
        Map<String, @Nullable Object> fields = new LinkedHashMap<>();
        fields.put("topic", message.topic());
        fields.put("sender", message.sender());
        fields.put("kind", message.kind());
        fields.put("id", message.id().toString());
        fields.put("payload", Payload.of(message.text()));
        out.json(fields);
    }
}
