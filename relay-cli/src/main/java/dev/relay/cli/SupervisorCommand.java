package dev.relay.cli;

import dev.relay.cli.supervisor.SupervisorService;
import dev.relay.cli.supervisor.Template;
import dev.relay.cli.supervisor.TemplateFile;
import dev.relay.client.Relay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "supervisor",
        description =
                "Start, watch and end agents from the templates of the configuration file, for operators on the bus. Agents outlive it and the daemon.")
final class SupervisorCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(SupervisorCommand.class);
    private static final String NAME = "supervisor";
    /** Requests that wait for an agent at the same time, each of another sender. */
    private static final int HANDLERS = 16;

    @Mixin
    private BusOptions bus = new BusOptions();

    @Option(names = "--config", description = "The file with the section templates; default: RELAY_CONFIG.")
    @Nullable
    Path config;

    @Option(names = "--run-dir", description = "Of its list of agents and their logs; default: the run directory.")
    @Nullable
    Path runDir;

    @Override
    public Integer call() throws Exception {
        String named = config != null ? config.toString() : System.getenv("RELAY_CONFIG");
        if (named == null) {
            throw new CliException(ExitCode.USAGE, "which templates? give --config FILE, or set RELAY_CONFIG");
        }
        Path file = Path.of(named).toAbsolutePath();
        Map<String, Template> templates = templates(file);
        Path dir =
                (runDir == null ? RunDir.standard() : runDir).toAbsolutePath().resolve(NAME);
        Path workDir = Objects.requireNonNull(file.getParent());
        try (Relay relay = bus.openServer(NAME, HANDLERS);
                SupervisorService service =
                        SupervisorService.start(relay, templates, bus.path().toAbsolutePath(), workDir, dir)) {
            Hangup.on(() -> reload(file, service));
            Map<String, Object> ready = new LinkedHashMap<>();
            ready.put("component", NAME);
            ready.put("templates", templates.size());
            ready.put("run_dir", dir);
            System.out.println(ReadyLine.of(ready));
            Serving.untilSignal(() -> stop(service, relay));
            return ExitCode.OK;
        }
    }

    /** A file with mistakes changes nothing. */
    private static void reload(Path file, SupervisorService service) {
        try {
            Map<String, Template> templates = templates(file);
            service.reload(templates);
            LOG.info("templates_reloaded templates={}", templates.size());
        } catch (CliException e) {
            LOG.error("templates_not_reloaded error={}", e.getMessage());
        }
    }

    private static void stop(SupervisorService service, Relay relay) throws IOException {
        service.close();
        relay.close();
    }

    private static Map<String, Template> templates(Path file) {
        List<String> mistakes = new ArrayList<>();
        Map<String, Template> templates =
                TemplateFile.read(OptionSources.read(file).path("templates"), System.getenv(), mistakes);
        if (templates.isEmpty()) {
            mistakes.add("there is no section templates, or nothing in it");
        }
        if (!mistakes.isEmpty()) {
            throw new CliException(ExitCode.USAGE, file + ": " + String.join("; ", mistakes));
        }
        return templates;
    }
}
