package dev.relay.exchange;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The venue is plain code: sockets, threads and the system clock stay outside. */
class BoundariesTest {
    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("dev.relay.exchange");

    private static final String[] PLAIN = {
        "..engine..", "..market..", "..account..", "..api..", "..stream..", "..flow.."
    };

    @Test
    void shouldKeepNettyAndThreadsOutOfTheVenue() {
        noClasses()
                .that()
                .resideInAnyPackage(PLAIN)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.netty..", "java.util.concurrent..", "java.net..")
                .check(CLASSES);
    }

    @Test
    void shouldReadTimeOnlyThroughTheClockSeam() {
        noClasses()
                .that()
                .resideInAnyPackage(PLAIN)
                .should()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .check(CLASSES);
    }

    @Test
    void shouldKeepTheEngineUnawareOfAccountsAndTransports() {
        noClasses()
                .that()
                .resideInAPackage("..engine..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("..market..", "..account..", "..api..", "..http..", "..stream..", "..flow..")
                .check(CLASSES);
    }
}
