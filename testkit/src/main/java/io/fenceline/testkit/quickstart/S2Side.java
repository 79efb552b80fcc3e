package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.ManagedProcess;
import io.fenceline.testkit.S2Location;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/**
 * An S2 server and a basin on it.
 *
 * @param reader looks at that basin
 */
record S2Side(S2Server server, S2Reader reader, String basin, S2Location location) implements FarSide {

    /** Looks for a server, and may install one; what comes back starts it. */
    static Callable<S2Side> find(Options options, Path folder, Progress progress) throws Exception {
        S2Location location = location(options, progress);
        return () -> {
            S2Server server = S2Server.builder(folder.resolve("s2"))
                    .in(folder.resolve("s2/data"))
                    .start(location);
            return new S2Side(server, server.reader(options.basin()).createBasin(), options.basin(), location);
        };
    }

    private static S2Location location(Options options, Progress progress) throws Exception {
        if (options.server() == Options.Server.EMBEDDED) {
            return new S2Location.Embedded();
        }
        if (options.server() == Options.Server.REAL) {
            return progress.step("looking for an S2 server (bin/s2)", S2Location::findOrInstall);
        }
        Optional<S2Location> real = progress.step("looking for an S2 server (bin/s2 --ready)", S2Location::findReady);
        if (real.isEmpty()) {
            progress.detail("using the embedded one instead; bin/s2 gets a real one, or run with --s2 real");
        }
        return real.orElse(new S2Location.Embedded());
    }

    @Override
    public String where() {
        return "S2 at " + server.basinEndpoint() + " (" + describe() + ")";
    }

    private String describe() {
        if (location instanceof S2Location.Binary binary) {
            return binary.path().toString();
        }
        if (location instanceof S2Location.Embedded) {
            return "Fenceline's embedded server, not the real one";
        }
        return location instanceof S2Location.Image image ? image.name() : "as S2_BASIN_ENDPOINT says";
    }

    @Override
    public Map<String, String> connection() {
        return new TreeMap<>(Map.of(
                "s2.basin",
                basin,
                "s2.account.endpoint",
                server.accountEndpoint(),
                "s2.basin.endpoint",
                server.basinEndpoint(),
                "s2.access.token",
                "any"));
    }

    @Override
    public Map<String, String> credentials() {
        String token = System.getenv("S2_ACCESS_TOKEN");
        return token == null ? Map.of() : Map.of("s2.access.token", token);
    }

    @Override
    public List<ManagedProcess> processes() {
        return Optional.ofNullable(server.process()).stream().toList();
    }

    @Override
    public boolean isLasting() {
        return location instanceof S2Location.Endpoints;
    }

    /** For curl: scheme and host of calls about the basin. */
    String basinAddress() {
        return server.basinEndpoint().replace("{basin}", basin);
    }
}
