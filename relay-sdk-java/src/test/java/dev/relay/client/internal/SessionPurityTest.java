package dev.relay.client.internal;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.relay.protocol.Clock;

/** The session core is plain code: a simulation can run hours of it on one thread. */
@AnalyzeClasses(packages = "dev.relay.client", importOptions = DoNotIncludeTests.class)
class SessionPurityTest {
    @ArchTest
    static final ArchRule SESSION_TOUCHES_NO_SOCKET_FILE_OR_THREAD = noClasses()
            .that()
            .resideInAPackage("..internal..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("java.net..", "java.nio.channels..", "java.nio.file..", "java.util.concurrent..")
            .orShould()
            .dependOnClassesThat()
            .haveFullyQualifiedName("java.lang.Thread");

    @ArchTest
    static final ArchRule SESSION_READS_NO_SYSTEM_CLOCK = noClasses()
            .that()
            .resideInAPackage("..internal..")
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Clock.class, "system");

    @ArchTest
    static final ArchRule CLIENT_NEEDS_NOTHING_BUT_THE_PROTOCOL = noClasses()
            .should()
            .dependOnClassesThat()
            .resideOutsideOfPackages("dev.relay.client..", "dev.relay.protocol..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule SESSION_DOES_NOT_KNOW_THE_CLIENT = noClasses()
            .that()
            .resideInAPackage("..internal..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.relay.client", "dev.relay.client.testing");

    @ArchTest
    static final ArchRule NOBODY_SLEEPS = noClasses().should().callMethod(Thread.class, "sleep", long.class);
}
