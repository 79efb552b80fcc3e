package io.fenceline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A process we started, with its output in a file. Signals go to its own process handle only, and whatever still runs
 * when this JVM ends is killed. Thread-safe.
 */
public final class ManagedProcess {

    private static final Set<ManagedProcess> RUNNING = ConcurrentHashMap.newKeySet();
    private static volatile boolean leaveRunning;

    /** Set up with the first process: a JVM that ends without one may ask for the first time when it is too late for a hook. */
    private static final class AtTheEnd {

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(ManagedProcess::killAllStarted, "kill-started-processes"));
        }

        static void killWhatIsStarted() {}
    }

    private final String name;
    private final Process process;
    private final Path log;

    private ManagedProcess(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /** Output of both kinds is appended to {@code log}, so that a restarted server goes on in the same file. */
    public static ManagedProcess start(String name, List<String> command, Map<String, String> environment, Path log) {
        try {
            Files.createDirectories(log.toAbsolutePath().getParent());
            ProcessBuilder builder = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectInput(ProcessBuilder.Redirect.from(nothing()))
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
            builder.environment().putAll(environment);
            AtTheEnd.killWhatIsStarted();
            ManagedProcess started = new ManagedProcess(name, builder.start(), log);
            RUNNING.add(started);
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + name + ": " + String.join(" ", command), e);
        }
    }

    private static java.io.File nothing() {
        return new java.io.File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
    }

    public long pid() {
        return process.pid();
    }

    public boolean isAlive() {
        return process.isAlive();
    }

    public Path log() {
        return log;
    }

    /** SIGKILL; returns when the process is gone. */
    public void kill() {
        // a stopped process dies of SIGKILL as well, no SIGCONT needed
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(20));
    }

    /** SIGTERM, and SIGKILL if that takes longer than the given time. */
    public void stop(Duration patience) {
        process.destroy();
        if (!awaitExit(patience)) {
            kill();
        }
    }

    /** SIGSTOP: the process freezes where it is, its connections stay open. */
    public void suspend() {
        signal("STOP");
    }

    /** SIGCONT. */
    public void resume() {
        signal("CONT");
    }

    /** False if the process still runs after this time. */
    public boolean awaitExit(Duration patience) {
        try {
            boolean gone = process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS);
            if (gone) {
                RUNNING.remove(this);
            }
            return gone;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
            throw new IllegalStateException("interrupted while waiting for " + name + " to end", e);
        }
    }

    public int exitCode() {
        return process.exitValue();
    }

    /** Fails with the end of the output if the process has ended by itself. */
    void requireAlive() {
        if (!isAlive()) {
            throw new IllegalStateException(
                    name + " ended with exit code " + exitCode() + "; end of " + log + ":\n" + logTail(60));
        }
    }

    public String logTail(int lines) {
        try {
            List<String> all =
                    Files.readString(log, StandardCharsets.UTF_8).lines().toList();
            return String.join("\n", all.subList(Math.max(0, all.size() - lines), all.size()));
        } catch (IOException e) {
            return "(no output: " + e + ")";
        }
    }

    private void signal(String signal) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid()))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (kill.waitFor() != 0) {
                throw new IllegalStateException("kill -" + signal + " " + pid() + " failed for " + name);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** From now on the end of this JVM leaves what runs running. */
    public static void leaveRunning() {
        leaveRunning = true;
    }

    /** Kills what this JVM has started and waits until it is gone; false if it is to be left running. */
    public static boolean killAllStarted() {
        if (leaveRunning) {
            return false;
        }
        RUNNING.forEach(running -> running.process.destroyForcibly());
        RUNNING.forEach(running -> running.awaitExit(Duration.ofSeconds(5)));
        return true;
    }

    @Override
    public String toString() {
        return name + " (pid " + pid() + ")";
    }
}
