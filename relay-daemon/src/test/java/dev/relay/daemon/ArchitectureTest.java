package dev.relay.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.util.concurrent.Executor;

/** The heart stays plain code that a test can run in virtual time; arrows between packages and modules point one way. */
@AnalyzeClasses(packages = "dev.relay.daemon", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] HEART = {
        "dev.relay.daemon.routing..", "dev.relay.daemon.session..", "dev.relay.daemon.flow.."
    };

    @ArchTest
    static final ArchRule HEART_KNOWS_NO_MACHINERY = noClasses()
            .that()
            .resideInAnyPackage(HEART)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.netty..",
                    "java.sql..",
                    "org.sqlite..",
                    "redis..",
                    "java.net..",
                    "java.nio.channels..",
                    "java.nio.file..",
                    "java.util.concurrent.locks..");

    @ArchTest
    static final ArchRule HEART_READS_NO_CLOCK_AND_STARTS_NO_THREAD = noClasses()
            .that()
            .resideInAnyPackage(HEART)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Clock.class, "system")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Clock.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Executor.class)
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(Thread.class);

    @ArchTest
    static final ArchRule NOBODY_SLEEPS = noClasses().should().callMethod(Thread.class, "sleep", long.class);

    @ArchTest
    static final ArchRule ONLY_THE_STORE_KNOWS_JDBC = noClasses()
            .that()
            .resideOutsideOfPackage("dev.relay.daemon.store..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.sql..", "org.sqlite..");

    @ArchTest
    static final ArchRule ONLY_TRANSPORT_AND_ADMIN_KNOW_NETTY = noClasses()
            .that()
            .resideOutsideOfPackages("dev.relay.daemon.transport..", "dev.relay.daemon.admin..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule INNER_PACKAGES_DO_NOT_KNOW_THE_OUTER = noClasses()
            .that()
            .resideInAnyPackage(
                    "dev.relay.daemon.routing..",
                    "dev.relay.daemon.session..",
                    "dev.relay.daemon.flow..",
                    "dev.relay.daemon.store..",
                    "dev.relay.daemon.deadletter..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "dev.relay.daemon.transport..", "dev.relay.daemon.admin..", "dev.relay.daemon.config..");

    @ArchTest
    static final ArchRule DAEMON_KNOWS_ONLY_THE_PROTOCOL = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.relay.sidecar..", "dev.relay.client..", "dev.relay.exchange..", "dev.relay.cli..");

    @ArchTest
    static final ArchRule OUTER_PACKAGES_HAVE_NO_CYCLES = slices().matching(
                    "dev.relay.daemon.(transport|admin|config)..")
            .should()
            .beFreeOfCycles();
}
