package dev.relay.daemon.group;

import dev.relay.daemon.routing.PartitionSeats;
import dev.relay.daemon.session.Agent;
import dev.relay.protocol.Json;
import dev.relay.protocol.Partitions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A group in words: for its directory, for events, and as the row that is kept. Pure. */
final class Directory {
    static Map<String, Object> row(Group group, PartitionSeats seats) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("group", group.name);
        json.put("version", group.version);
        json.put("members", group.members().stream().map(member -> member.name).toList());
        json.put("owned", Arrays.stream(group.seats).filter(Seat::isTaken).count());
        json.put("moving", Arrays.stream(group.seats).filter(Seat::isMoving).count());
        json.put(
                "queued",
                Arrays.stream(group.seats)
                        .mapToLong(seat -> seats.queued(seat.partition))
                        .sum());
        return json;
    }

    /** The row of the group, with its members and partitions one by one. */
    static Map<String, Object> of(Group group, PartitionSeats seats) {
        Map<String, Object> json = row(group, seats);
        List<Map<String, Object>> members = new ArrayList<>();
        for (Agent member : group.members()) {
            members.add(Map.of("name", member.name, "partitions", (long) group.ownedBy(member)));
        }
        json.put("members", members);
        json.put(
                "partitions",
                Arrays.stream(group.seats).map(seat -> row(seat, seats)).toList());
        return json;
    }

    static Map<String, Object> row(Seat seat, PartitionSeats seats) {
        Map<String, Object> json = change(seat);
        json.put("queued", seats.queued(seat.partition));
        json.put("unacked", (long) seats.unacked(seat.partition));
        json.put("moving", seat.isMoving());
        return json;
    }

    private static Map<String, Object> change(Seat seat) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("partition", (long) Partitions.numberOf(seat.partition.name));
        json.put("epoch", seat.partition.epoch);
        json.put("owner", seat.owner == null ? "" : seat.owner.name);
        return json;
    }

    static Map<String, Object> event(Group group, List<Seat> changed) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("event", "group");
        json.put("group", group.name);
        json.put("version", group.version);
        json.put("members", group.members().stream().map(member -> member.name).toList());
        json.put("changes", changed.stream().map(Directory::change).toList());
        return json;
    }

    static byte[] kept(Group group) {
        List<List<Object>> owners = new ArrayList<>();
        for (Seat seat : group.seats) {
            owners.add(seat.owner == null ? List.of() : List.of(seat.owner.name, seat.process));
        }
        return Json.write(Map.of("owners", owners)).getBytes(StandardCharsets.UTF_8);
    }

    /** Puts the owners back as they were kept. */
    static void restore(Group group, byte[] body, Function<String, @Nullable Agent> agents) {
        if (!(Json.parse(new String(body, StandardCharsets.UTF_8)) instanceof Map<?, ?> kept)
                || !(kept.get("owners") instanceof List<?> owners)
                || owners.size() != group.seats.length) {
            throw new IllegalStateException("a stored group cannot be read: group=" + group.name);
        }
        for (int i = 0; i < owners.size(); i++) {
            if (owners.get(i) instanceof List<?> owner && owner.size() == 2) {
                Seat seat = group.seats[i];
                seat.owner = agents.apply(String.valueOf(owner.get(0)));
                seat.process = (Long) owner.get(1);
                seat.partition.owner = seat.owner;
            }
        }
    }

    private Directory() {}
}
