package io.fenceline.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where an S2 server comes from: the answer of {@code bin/s2}, which knows real ones alone, or the embedded one for who
 * asks for it with {@code -Ds2=embedded}.
 */
public sealed interface S2Location {

    /** A server that runs already; it is not ours to start or kill. */
    record Endpoints(String account, String basin) implements S2Location {}

    /** A program; {@code subcommand} is {@code lite} for the command line tool and absent for the server of s2-lite. */
    record Binary(Path path, Optional<String> subcommand) implements S2Location {}

    /** An image for a Docker engine that answers. */
    record Image(String name) implements S2Location {}

    /** The server of this project's own, started in a process of its own. */
    record Embedded() implements S2Location {}

    /** Which one a run wants. */
    enum Wanted {
        /** Only a real one; where there is none, the run fails. */
        REAL,
        EMBEDDED;

        /** {@code -Ds2=real} or {@code -Ds2=embedded}; real if nothing is said. */
        public static Wanted bySystemProperty() {
            String value = System.getProperty("s2", "real");
            return switch (value) {
                case "real" -> REAL;
                case "embedded" -> EMBEDDED;
                default -> throw new IllegalArgumentException("-Ds2 is real or embedded, not '" + value + "'");
            };
        }
    }

    /** The server this run wants; see {@link Wanted}. */
    static S2Location wanted() {
        return Wanted.bySystemProperty() == Wanted.EMBEDDED ? new Embedded() : findOrInstall();
    }

    /** Like {@link #wanted}, but only servers this process can start and kill count. */
    static S2Location wantedOwn() {
        return Wanted.bySystemProperty() == Wanted.EMBEDDED ? new Embedded() : findOrInstallOwn();
    }

    /** Finds a real one or installs it; what bin/s2 says to people goes to our stderr. Fails naming what is missing. */
    static S2Location findOrInstall() {
        return ask(List.of(), false).orElseThrow();
    }

    /** Finds a real one that needs nothing but to be started: no installation, no download. */
    static Optional<S2Location> findReady() {
        return ask(List.of("--ready"), false);
    }

    /** Like {@link #findOrInstall}, but only servers this process can start and kill count. */
    static S2Location findOrInstallOwn() {
        return ask(List.of(), true).orElseThrow();
    }

    private static Optional<S2Location> ask(List<String> arguments, boolean ownOnly) {
        Path script = ProjectRoot.find().resolve("bin/s2");
        List<String> command = new java.util.ArrayList<>(List.of("bash", script.toString()));
        command.addAll(arguments);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        if (ownOnly) {
            builder.environment().remove("S2_ACCOUNT_ENDPOINT");
            builder.environment().remove("S2_BASIN_ENDPOINT");
        }
        try {
            Process process = builder.start();
            // an installation takes minutes; it stops orderly when we do, and cleans up behind itself
            Thread stop = new Thread(process::destroy, "stop-bin-s2");
            Runtime.getRuntime().addShutdownHook(stop);
            String answer;
            try (var out =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                answer = out.readLine();
            }
            int code = process.waitFor();
            try {
                Runtime.getRuntime().removeShutdownHook(stop);
            } catch (IllegalStateException e) {
                throw new IllegalStateException("interrupted while looking for an S2 server", e);
            }
            if (code == 0 && answer != null) {
                return Optional.of(parse(answer));
            }
            if (code == 3 && arguments.contains("--ready")) {
                return Optional.empty();
            }
            throw new IllegalStateException("no real S2 server: " + script + " ended with exit code " + code
                    + "; it names on stderr what is missing and how to get it");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private static S2Location parse(String answer) {
        String[] words = answer.split(" ");
        return switch (words[0]) {
            case "endpoints" -> new Endpoints(words[1], words[2]);
            case "docker" -> new Image(words[1]);
            case "binary" -> {
                // a path may contain spaces; only the last word can be the subcommand
                String rest = answer.substring("binary ".length());
                yield rest.endsWith(" lite")
                        ? new Binary(Path.of(rest.substring(0, rest.length() - 5)), Optional.of("lite"))
                        : new Binary(Path.of(rest), Optional.empty());
            }
            default -> throw new IllegalStateException("bin/s2 answered: " + answer);
        };
    }
}
