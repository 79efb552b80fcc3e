package io.fenceline.testkit.s2;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * All basins and their streams, by the service's rules for creating, configuring and deleting them. Every change goes
 * to the catalog; whoever answers a request does so behind it, with {@link Commits#then}. Guarded by the server's lock.
 */
final class Account implements Closeable {

    /** How a create ended: {@code created}, {@code updated} or {@code noop}, and what there is now. */
    record Provisioned<T>(String result, T resource) {}

    private static final int BASIN_NAME_MIN = 8;
    private static final int BASIN_NAME_MAX = 48;
    private static final int STREAM_NAME_MAX = 512;
    /** The real service takes its time as well; clients have to live with a name they cannot use yet. */
    private static final Duration BASIN_DELETION = Duration.ofSeconds(5);

    private final LongSupplier clockMillis;
    private final Commits commits;
    /** Null in memory. */
    private final @Nullable DataFolder folder;

    private final NavigableMap<String, Basin> basins = new TreeMap<>();
    private long lastStreamId;
    private Instant lastCreation = Instant.EPOCH;

    /** @param root null keeps everything in memory */
    Account(LongSupplier clockMillis, Commits commits, @Nullable Path root) throws IOException {
        this.clockMillis = clockMillis;
        this.commits = commits;
        if (root == null) {
            folder = null;
            return;
        }
        // streams are opened once it is known which of them are left
        NavigableMap<Long, JsonNode> left = new TreeMap<>();
        DataFolder opened = DataFolder.open(root, event -> replay(event, left));
        folder = opened;
        for (JsonNode event : left.values()) {
            restore(event, opened);
        }
    }

    NavigableMap<String, Basin> basins() {
        return basins;
    }

    Basin basin(String name) throws Refused {
        Basin basin = basins.get(name);
        if (basin == null) {
            throw Refused.noBasin(name);
        }
        return basin;
    }

    HostedStream stream(Basin basin, String name) throws Refused {
        HostedStream stream = basin.streams.get(name);
        if (stream == null) {
            throw Refused.noStream(basin.name, name);
        }
        return stream;
    }

    Provisioned<Basin> createBasin(String name, BasinSettings settings, @Nullable String creation) throws Refused {
        Basin existing = basins.get(name);
        if (existing != null) {
            if (existing.deletedAt != null) {
                throw deleting(existing);
            }
            if (creation != null && creation.equals(existing.creation)) {
                return new Provisioned<>("noop", existing);
            }
            throw Refused.of(409, "resource_already_exists", "basin `" + name + "` already exists");
        }
        Basin created = new Basin(name, nextCreation(), creation, settings);
        basins.put(name, created);
        record(created);
        return new Provisioned<>("created", created);
    }

    Provisioned<Basin> ensureBasin(String name, BasinSettings settings) throws Refused {
        Basin existing = basins.get(name);
        if (existing == null) {
            return createBasin(name, settings, null);
        }
        if (existing.deletedAt != null) {
            throw deleting(existing);
        }
        if (existing.settings.equals(settings)) {
            return new Provisioned<>("noop", existing);
        }
        existing.settings = settings;
        record(existing);
        return new Provisioned<>("updated", existing);
    }

    void reconfigure(Basin basin, BasinSettings settings) throws Refused {
        requireLive(basin);
        basin.settings = settings;
        record(basin);
    }

    /** Its streams end now, it is gone a while later. */
    void delete(Basin basin) {
        if (basin.deletedAt == null) {
            basin.deletedAt = now();
            record(basin);
            List.copyOf(basin.streams.values()).forEach(stream -> delete(basin, stream));
        }
    }

    /** @param creation null if the request has no token of its own */
    Provisioned<HostedStream> createStream(Basin basin, String name, StreamSettings settings, @Nullable String creation)
            throws Refused {
        requireLive(basin);
        HostedStream existing = basin.streams.get(name);
        if (existing != null) {
            if (creation != null && creation.equals(existing.creation)) {
                return new Provisioned<>("noop", existing);
            }
            throw Refused.of(
                    409,
                    "resource_already_exists",
                    "stream `" + name + "` in basin `" + basin.name + "` already exists");
        }
        long id = ++lastStreamId;
        StreamModel model = new StreamModel(clockMillis, resolved(basin, settings));
        LogFile log = folder == null ? null : folder.stream(id, model);
        HostedStream created =
                new HostedStream(basin.name, name, id, nextCreation(), basin.settings.cipher(), creation, model, log);
        basin.streams.put(name, created);
        record(created);
        return new Provisioned<>("created", created);
    }

    /** An existing stream gets exactly this configuration over the basin's defaults. */
    Provisioned<HostedStream> ensureStream(Basin basin, String name, StreamSettings settings) throws Refused {
        HostedStream existing = basin.streams.get(name);
        if (existing == null || basin.deletedAt != null) {
            return createStream(basin, name, settings, null);
        }
        StreamSettings resolved = resolved(basin, settings);
        if (existing.model.settings().equals(resolved)) {
            return new Provisioned<>("noop", existing);
        }
        existing.model.reconfigure(resolved);
        record(existing);
        return new Provisioned<>("updated", existing);
    }

    void reconfigure(Basin basin, HostedStream stream, JsonNode patch) throws Refused {
        requireLive(basin);
        stream.model.reconfigure(resolved(basin, stream.model.settings().patched(patch)));
        record(stream);
    }

    void delete(Basin basin, HostedStream stream) {
        basin.streams.remove(stream.name);
        stream.model.delete();
        ObjectNode gone =
                event(basin).put("stream", stream.name).put("id", stream.id).put("gone", true);
        commit(gone, () -> {
            if (folder != null && stream.log != null) {
                folder.remove(stream.log);
            }
            stream.tellFollowers();
        });
    }

    /** Time has passed: expires records, deletes streams that have been empty for too long and finishes deletions. */
    void tick() {
        for (Basin basin : List.copyOf(basins.values())) {
            for (HostedStream stream : List.copyOf(basin.streams.values())) {
                stream.model.dropExpired();
                if (stream.model.isForgotten()) {
                    delete(basin, stream);
                }
            }
            if (basin.deletedAt != null && !now().isBefore(basin.deletedAt.plus(BASIN_DELETION))) {
                basins.remove(basin.name);
                commit(event(basin).put("gone", true), () -> {});
            }
        }
    }

    static void checkBasinName(String name) throws InvalidName {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < BASIN_NAME_MIN || bytes > BASIN_NAME_MAX) {
            throw new InvalidName("basin name must have 8 to 48 bytes");
        }
        if (!name.matches("[a-z0-9]([a-z0-9-]*[a-z0-9])?")) {
            throw new InvalidName("basin name must consist of lowercase letters, numbers and hyphens,"
                    + " and begin and end with a letter or number");
        }
    }

    static void checkStreamName(String name) throws InvalidName {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0) {
            throw new InvalidName("stream name must not be empty");
        }
        if (bytes > STREAM_NAME_MAX) {
            throw new InvalidName("stream name must not exceed 512 bytes in length");
        }
        if (name.equals(".") || name.equals("..")) {
            throw new InvalidName("stream name must not be \".\" or \"..\"");
        }
        if (name.indexOf('\0') >= 0) {
            throw new InvalidName("stream name must not contain NUL bytes");
        }
    }

    /** A name that breaks the rules; where it stood decides the error code. */
    static final class InvalidName extends Exception {

        private static final long serialVersionUID = 1L;

        InvalidName(String message) {
            super(message);
        }
    }

    private static StreamSettings resolved(Basin basin, StreamSettings settings) {
        return settings.over(basin.settings.streamDefaults()).over(StreamSettings.DEFAULTS);
    }

    private static void requireLive(Basin basin) throws Refused {
        if (basin.deletedAt != null) {
            throw deleting(basin);
        }
    }

    private static Refused deleting(Basin basin) {
        return Refused.of(409, "basin_deletion_pending", "basin `" + basin.name + "` is being deleted");
    }

    private Instant now() {
        return Instant.ofEpochMilli(clockMillis.getAsLong());
    }

    /** Later than any before: this is how clients notice that a stream was made again. */
    private Instant nextCreation() {
        Instant now = now();
        lastCreation = now.isAfter(lastCreation) ? now : lastCreation.plusNanos(1000);
        return lastCreation;
    }

    // ---- the catalog

    private void record(Basin basin) {
        ObjectNode event = event(basin).put("created_at", basin.createdAt.toString());
        event.set("config", basin.settings.json());
        event.put("creation", basin.creation);
        event.put("deleted_at", basin.deletedAt == null ? null : basin.deletedAt.toString());
        commit(event, () -> {});
    }

    private void record(HostedStream stream) {
        ObjectNode event = Json.object()
                .put("basin", stream.basin)
                .put("stream", stream.name)
                .put("id", stream.id)
                .put("created_at", stream.createdAt.toString())
                .put("cipher", stream.cipher)
                .put("creation", stream.creation);
        event.set("config", stream.model.settings().json());
        commit(event, () -> {});
    }

    private static ObjectNode event(Basin basin) {
        return Json.object().put("basin", basin.name);
    }

    private void commit(ObjectNode event, Runnable whenDurable) {
        commits.submit(
                folder == null ? null : folder.catalog(),
                folder == null ? null : DataFolder.encode(event),
                whenDurable);
    }

    private void replay(JsonNode event, NavigableMap<Long, JsonNode> streamsLeft) throws IOException {
        String name = event.get("basin").asText();
        boolean gone = event.path("gone").asBoolean();
        if (event.has("stream")) {
            long id = event.get("id").asLong();
            lastStreamId = Math.max(lastStreamId, id);
            streamsLeft.remove(id);
            if (!gone) {
                streamsLeft.put(id, event);
            }
        } else if (gone) {
            basins.remove(name);
        } else {
            Basin basin = new Basin(
                    name,
                    Instant.parse(event.get("created_at").asText()),
                    event.path("creation").textValue(),
                    settings(event));
            String deletedAt = event.path("deleted_at").textValue();
            basin.deletedAt = deletedAt == null ? null : Instant.parse(deletedAt);
            basins.put(name, basin);
        }
    }

    private void restore(JsonNode event, DataFolder from) throws IOException {
        Basin basin = basins.get(event.get("basin").asText());
        if (basin == null) {
            return;
        }
        try {
            long id = event.get("id").asLong();
            StreamModel model = new StreamModel(clockMillis, StreamSettings.parse(event.get("config")));
            HostedStream stream = new HostedStream(
                    basin.name,
                    event.get("stream").asText(),
                    id,
                    Instant.parse(event.get("created_at").asText()),
                    event.path("cipher").textValue(),
                    event.path("creation").textValue(),
                    model,
                    from.stream(id, model));
            basin.streams.put(stream.name, stream);
        } catch (Refused e) {
            throw new IOException("the catalog holds a configuration that is none", e);
        }
    }

    private static BasinSettings settings(JsonNode event) throws IOException {
        try {
            return BasinSettings.parse(event.get("config"));
        } catch (Refused e) {
            throw new IOException("the catalog holds a configuration that is none", e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Basin basin : basins.values()) {
            for (HostedStream stream : new ArrayList<>(basin.streams.values())) {
                if (stream.log != null) {
                    stream.log.close();
                }
            }
        }
        if (folder != null) {
            folder.close();
        }
    }
}
