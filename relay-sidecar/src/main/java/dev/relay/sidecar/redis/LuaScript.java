package dev.relay.sidecar.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import redis.clients.jedis.Connection;
import redis.clients.jedis.Protocol.Command;

/** A script from this package's resources and its hash. Immutable. */
record LuaScript(String source, String sha) {
    static final LuaScript UPDATE = load("book-update.lua");
    static final LuaScript FULL = load("book-full.lua");
    static final LuaScript ALIVE = load("alive.lua");
    static final LuaScript TAPE = load("tape.lua");

    private static LuaScript load(String name) {
        try (InputStream in = LuaScript.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("script missing from the class path, name=" + name);
            }
            byte[] bytes = in.readAllBytes();
            String sha =
                    HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(bytes));
            return new LuaScript(new String(bytes, StandardCharsets.UTF_8), sha);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Makes the script known to the server; first thing on every new connection. */
    static void loadAll(Connection redis) {
        for (LuaScript script : new LuaScript[] {UPDATE, FULL, ALIVE, TAPE}) {
            redis.sendCommand(Command.SCRIPT, "LOAD", script.source());
            redis.getOne();
        }
    }
}
