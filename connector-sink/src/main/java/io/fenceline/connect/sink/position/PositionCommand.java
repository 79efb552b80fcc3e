package io.fenceline.connect.sink.position;

import io.fenceline.connect.TerminalException;
import io.fenceline.connect.sink.claim.Checkpoint;
import io.fenceline.connect.sink.claim.CheckpointToken.NewerTokenException;
import io.fenceline.connect.sink.claim.S2BasinAccess;
import io.fenceline.connect.sink.claim.StreamPositions;
import io.fenceline.connect.sink.claim.StreamStanding;
import io.fenceline.connect.sink.position.GroupPosition.Seen;
import io.fenceline.connect.sink.position.PositionOptions.Wish;
import io.fenceline.s2.NewStreamConfig;
import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2Exception;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Shows where a stream stands, and sets where its next owner starts; see {@link PositionOptions#USAGE}. What Connect's {@code PATCH
 * …/offsets} does on a stopped connector, for clusters whose REST nobody reaches: the stream's token first, then the consumer
 * group's offset. Repeating it is harmless.
 */
public final class PositionCommand {

    static final int DONE = 0;
    static final int NOTHING_CHANGED = 1;
    static final int COULD_NOT_FINISH = 2;

    /** After which an answer that does not come is not waited for any longer. */
    private static final Duration S2_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration SEARCH_LIMIT = Duration.ofSeconds(60);

    private final PositionOptions options;
    private final PositionText text;
    private final BufferedReader in;
    private final PrintStream out;
    private final PrintStream err;

    private PositionCommand(PositionOptions options, InputStream in, PrintStream out, PrintStream err) {
        this.options = options;
        this.text = new PositionText(options);
        this.in = new BufferedReader(new InputStreamReader(in, Charset.defaultCharset()));
        this.out = out;
        this.err = err;
    }

    public static void main(String[] args) {
        System.exit(run(List.of(args), System.getenv(), System.in, System.out, System.err));
    }

    /** What {@link #main} does; gives back the exit code. */
    public static int run(
            List<String> args, Map<String, String> environment, InputStream in, PrintStream out, PrintStream err) {
        if (args.contains("--help") || args.contains("-h")) {
            out.println(PositionOptions.USAGE);
            return DONE;
        }
        try {
            PositionOptions options = optionsOf(args, environment, err);
            return options == null ? COULD_NOT_FINISH : new PositionCommand(options, in, out, err).run();
        } catch (S2Exception | NewerTokenException e) {
            err.println("position: S2: " + e.getMessage());
        } catch (TerminalException e) {
            // one of Kafka's by its class, and of the connection to S2
            err.println("position: " + e.getMessage());
        } catch (KafkaException e) {
            err.println("position: Kafka: " + e.getMessage()
                    + (e.getCause() == null ? "" : ": " + e.getCause().getMessage()));
        } catch (Throwable e) {
            // must not look like a change that was not made, as the JVM's own exit code would
            err.println("position: ended by an error that should not occur:");
            e.printStackTrace(err);
        }
        return COULD_NOT_FINISH;
    }

    /** Null if they are wrong, which has been said then. */
    private static @Nullable PositionOptions optionsOf(
            List<String> args, Map<String, String> environment, PrintStream err) {
        try {
            return PositionOptions.parse(args, environment);
        } catch (IllegalArgumentException | ConfigException e) {
            err.println("position: " + e.getMessage() + " (--help shows all options)");
            return null;
        }
    }

    private int run() {
        try (GroupPosition group = openGroup();
                S2Client client =
                        options.connection().newClient(options.connection().connectTimeout(), S2_TIMEOUT)) {
            // looks in the listing: asking the stream itself can create it
            boolean exists = await(client.streamInfo(options.stream()))
                    .filter(info -> info.deletedAt() == null)
                    .isPresent();
            if (!exists) {
                err.println("position: stream '" + options.stream() + "' does not exist in " + options.connection()
                        + ": a task starts at the consumer group's position, and there is nothing to set");
                return COULD_NOT_FINISH;
            }
            StreamPositions positions = new StreamPositions(
                    new S2BasinAccess(client, NewStreamConfig.OF_THE_BASIN),
                    new SecureRandom(),
                    System::nanoTime,
                    SEARCH_LIMIT);
            StreamStanding standing = await(positions.look(options.partition(), options.stream()));
            Seen seen = group == null ? null : group.look();
            text.standing(standing, seen).forEach(out::println);
            return options.wish() instanceof Wish.Show ? DONE : change(positions, standing, group, seen);
        }
    }

    private @Nullable GroupPosition openGroup() {
        String group = options.group();
        return group == null ? null : new GroupPosition(options.kafka(), group, options.partition());
    }

    private int change(
            StreamPositions positions, StreamStanding standing, @Nullable GroupPosition group, @Nullable Seen seen) {
        if (options.wish() instanceof Wish.Clear && standing.token().isNone()) {
            out.println("nothing to clear: no fencing token is in force");
            return DONE;
        }
        out.println("would " + text.intention(standing, seen));
        text.warnings(seen).forEach(warning -> out.println("warning: " + warning));
        if (seen != null && seen.members() > 0) {
            err.println("position: nothing was changed: group " + options.group() + " has " + PositionText.members(seen)
                    + ", so tasks of the connector run; stop it first");
            return NOTHING_CHANGED;
        }
        if (options.dryRun()) {
            out.println("nothing was changed: --dry-run");
            return DONE;
        }
        if (!options.yes() && !saysYes()) {
            err.println("position: nothing was changed: the answer was not yes");
            return NOTHING_CHANGED;
        }
        if (!await(replaceToken(positions, standing))) {
            err.println(
                    "position: nothing was changed: somebody has fenced or written the stream since it was looked at."
                            + " Stop the connector, and whoever else writes it, then try again");
            return NOTHING_CHANGED;
        }
        out.println("the stream's token is set");
        if (group != null && options.wish() instanceof Wish.StartAt start) {
            setGroup(group, start.offset());
        }
        return DONE;
    }

    private CompletableFuture<Boolean> replaceToken(StreamPositions positions, StreamStanding standing) {
        if (options.wish() instanceof Wish.Clear) {
            return positions.clear(options.stream(), standing);
        }
        Long offset = options.wish() instanceof Wish.StartAt start ? (Long) start.offset() : null;
        // the fence itself goes to the tail, and nothing up to it is evidence of anything else
        return positions.install(options.stream(), standing, Checkpoint.startingAt(offset, standing.tail() + 1));
    }

    private void setGroup(GroupPosition group, long offset) {
        try {
            group.set(offset);
        } catch (KafkaException e) {
            throw new KafkaException(
                    "the stream is set, and group " + group.group() + " is not: " + e.getMessage()
                            + "; see that no task runs and do the same again, which is harmless",
                    e);
        }
        out.println("group " + group.group() + " is set");
    }

    private boolean saysYes() {
        out.print("Do it? Type yes: ");
        out.flush();
        try {
            String answer = in.readLine();
            return answer != null && answer.strip().equalsIgnoreCase("yes");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The client ends every call; a search ends by its own limit. */
    private static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof NewerTokenException newer ? newer : S2Exception.from(e);
        }
    }
}
