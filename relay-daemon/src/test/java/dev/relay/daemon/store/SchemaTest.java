package dev.relay.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Versions of the store: older ones are brought up in one transaction, newer and foreign ones are left as they are. */
class SchemaTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void I34_refusesAStoreOfANewerRelayAndChangesNothing() throws Exception {
        open().close();
        sql("PRAGMA user_version=99");
        Map<String, byte[]> before = files();
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.FOREIGN))
                .hasMessageContaining("newer Relay")
                .hasMessageContaining("schema=99");
        assertUnchanged(before);
    }

    @Test
    void I34_refusesTheDatabaseOfAnotherProgramAndChangesNothing() throws Exception {
        sql("CREATE TABLE notes(text)", "INSERT INTO notes VALUES('mine')");
        Map<String, byte[]> before = files();
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.FOREIGN));
        before.put("relay.lock", new byte[0]);
        assertUnchanged(before);
    }

    @Test
    void bringsAStoreOfVersion1UpWithAllItHolds() throws Exception {
        Schema1.create(dir);
        try (TestStore store = open()) {
            Schema1.assertHolds(store);
        }
        try (TestStore store = open()) {
            Schema1.assertHolds(store);
            assertThat(store.recovered.bootNo()).isEqualTo(9);
        }
    }

    @Test
    void I31_refusesARowThatDoesNotMatchItsChecksumAndNamesIt() throws Exception {
        Schema1.create(dir);
        open().close();
        sql("UPDATE lane SET floor = floor + 1 WHERE id = 1");
        assertThatThrownBy(this::open)
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.reason()).isEqualTo(StoreException.Cause.CORRUPT))
                .hasMessageContaining("lane(id=1)")
                .hasMessageContaining("quarantine");
        try (Stream<Path> kept = Files.walk(dir.resolve("quarantine"))) {
            assertThat(kept.map(p -> p.getFileName().toString())).contains("relay.db", "REASON");
        }
        assertThat(dir.resolve("relay.db")).doesNotExist();
    }

    @Test
    void chainsAuditRowsSoThatAChangedOneShows() throws Exception {
        try (TestStore store = open()) {
            for (int i = 1; i <= 3; i++) {
                Batch batch = new Batch();
                batch.no = i;
                batch.audits.add(new Batch.Audit(i, "dlq.drop", "cli", "no=" + i));
                store.commit(batch);
            }
        }
        assertThat(firstBrokenAudit()).isZero();
        sql("UPDATE audit SET what = 'no=7' WHERE no = 2");
        assertThat(firstBrokenAudit()).isEqualTo(2);
        sql("DELETE FROM audit WHERE no = 2");
        assertThat(firstBrokenAudit()).isEqualTo(3);
    }

    private long firstBrokenAudit() throws SQLException {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"))) {
            return AuditChain.firstBroken(c);
        }
    }

    private TestStore open() throws StoreException {
        return TestStore.open(new StoreSettings(dir, true, 0, 0, StoreSettings.CHECKPOINT_BYTES));
    }

    private void sql(String... statements) throws SQLException {
        try (Connection c = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("relay.db"));
                Statement s = c.createStatement()) {
            for (String sql : statements) {
                s.execute(sql);
            }
        }
    }

    private Map<String, byte[]> files() throws Exception {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> paths = Files.list(dir)) {
            for (Path path : paths.toList()) {
                files.put(path.getFileName().toString(), Files.readAllBytes(path));
            }
        }
        return files;
    }

    private void assertUnchanged(Map<String, byte[]> before) throws Exception {
        Map<String, byte[]> now = files();
        assertThat(now.keySet()).isEqualTo(before.keySet());
        now.forEach((name, bytes) ->
                assertThat(Arrays.equals(bytes, before.get(name))).as(name).isTrue());
    }
}
