package dev.relay.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "version", description = "Print the version of Relay, of its protocol and of Java.")
final class VersionCommand implements Callable<Integer> {
    @Mixin
    private OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("relay", Version.text());
        fields.put("protocol", 1);
        fields.put("java", Runtime.version().toString());
        output.open().object(fields);
        return ExitCode.OK;
    }
}
