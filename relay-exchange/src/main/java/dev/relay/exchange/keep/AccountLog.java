package dev.relay.exchange.keep;

import dev.relay.exchange.account.Account;
import dev.relay.exchange.account.Balance;
import dev.relay.exchange.account.Fill;
import dev.relay.exchange.market.Execution;
import dev.relay.exchange.market.Market;
import dev.relay.exchange.market.Venue;
import dev.relay.exchange.market.VenueListener;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps orders, fills and balances of the clients' accounts in one file: a SIGKILL of the exchange takes nothing from them. The house is not kept, it comes
 * anew.
 *
 * <p>It is the first to hear of an execution: each is in the file, in one write together with the balances it led to, before any client
 * hears of it. Writes are not forced to the disk, so this survives the death of the process, not that of the machine. The file is written
 * anew, without what is outdated, at each start; it grows by some 200 bytes an execution until then. Owned by the exchange loop. A write
 * that fails stops the exchange.
 */
public final class AccountLog implements VenueListener, AutoCloseable {
    private static final String FILE = "accounts.log";

    private final Path file;
    private @Nullable FileChannel out;
    private @Nullable Venue venue;

    public AccountLog(Path dir) {
        this.file = dir.resolve(FILE);
    }

    /** Puts everything back into a venue with its accounts opened and nobody trading, and writes from then on. */
    public void restore(Venue restored) {
        venue = restored;
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (Files.exists(file)) {
                new AccountLines(restored).read(Files.readString(file));
            }
            writeAnew(restored);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot restore accounts from " + file, e);
        }
    }

    private void writeAnew(Venue state) throws IOException {
        Path fresh = file.resolveSibling(FILE + ".new");
        Files.deleteIfExists(fresh);
        FileChannel channel = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        out = channel;
        for (Account account : state.accounts().all()) {
            if (!account.isHouse()) {
                account.closedOrders(null).forEach(order -> write(AccountLines.order(account, order, 0)));
                account.openOrders(null).forEach(order -> write(AccountLines.order(account, order, 0)));
                account.fills().forEach(fill -> write(AccountLines.fill(account, fill)));
                account.balances().forEach((asset, balance) -> write(AccountLines.balance(account, asset, balance)));
            }
        }
        write(AccountLines.executions(state.executionIds()));
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void onExecution(Execution execution) {
        Account account = execution.account();
        if (!account.isHouse() && out != null && venue != null) {
            Market market = venue.market(execution.order().symbol());
            StringBuilder lines =
                    new StringBuilder(AccountLines.order(account, execution.order(), execution.executionId()));
            Fill fill = execution.fill();
            if (fill != null) {
                lines.append(AccountLines.fill(account, fill));
            }
            for (String asset : Set.of(market.spec().baseAsset(), market.spec().quoteAsset())) {
                Balance balance = account.balance(asset);
                lines.append(AccountLines.balance(account, asset, balance));
            }
            write(lines.toString());
        }
    }

    private void write(String lines) {
        FileChannel channel = out;
        if (channel == null) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(lines.getBytes(StandardCharsets.UTF_8));
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file, e);
        }
    }

    @Override
    public void close() {
        FileChannel channel = out;
        out = null;
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException("cannot close " + file, e);
            }
        }
    }
}
