package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fenceline.testkit.Await;
import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.history.TopicHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Nothing comes, for long: what that costs, and that reading goes on where it was. */
final class SourceSilenceIT {

    /** -Didle.seconds=1800 for figures worth noting. */
    private static final int SECONDS = Integer.getInteger("idle.seconds", 5);

    private final Cluster cluster = Cluster.shared();

    /** A connector that waits, and the threads that came with it. */
    private static final class Quiet {
        private final String prefix = Cluster.unique("quiet");
        private final String topic = prefix + "-read";
        private final String transport;
        private final int streams;
        private final Set<String> threads = new HashSet<>();

        private Quiet(String transport, int streams) {
            this.transport = transport;
            this.streams = streams;
        }

        private String name() {
            return "source-" + prefix;
        }

        private String stream(int i) {
            return prefix + "/" + i;
        }

        @Override
        public String toString() {
            return streams + (streams == 1 ? " stream" : " streams") + " over " + transport;
        }
    }

    @Test
    void silenceCostsNextToNothingAndNoPosition() throws IOException {
        ConnectWorker worker = cluster.newWorker(Cluster.unique("silence"))
                .with("exactly.once.source.support", "enabled")
                .start();
        long pid = worker.process().pid();
        Await.sleep(Duration.ofSeconds(Math.min(60, SECONDS) / 4));
        Duration alone = Duration.ofSeconds(Math.min(60, SECONDS));
        say("the worker alone", ThreadTimes.during(alone, pid), alone);

        List<Quiet> all = List.of(new Quiet("session", 1), new Quiet("session", 50), new Quiet("sse", 1));
        for (Quiet quiet : all) {
            Set<String> before = ThreadTimes.of(pid).threads();
            begin(quiet, worker);
            quiet.threads.addAll(ThreadTimes.of(pid).threads());
            quiet.threads.removeAll(before);
        }
        Await.sleep(Duration.ofSeconds(2));

        Duration silence = Duration.ofSeconds(SECONDS);
        ThreadTimes used = ThreadTimes.during(silence, pid);
        say("the worker with all of them", used, silence);
        Set<String> mine = new HashSet<>();
        for (Quiet quiet : all) {
            ThreadTimes its = used.only(quiet.threads);
            say(quiet + ", threads of Connect included", its, silence);
            ThreadTimes ours = its.named("task-thread", "fenceline");
            say(quiet + ", reading", ours, silence);
            // a hot loop takes all of one; the first seconds are interpreted code; each stream has its heartbeats
            double most = SECONDS < 600 ? 0.05 : quiet.streams == 1 ? 0.001 : 0.003;
            assertThat(ours.seconds() / SECONDS).as(quiet.toString()).isLessThan(most);
            mine.addAll(ours.threads());
        }
        Set<String> late = new HashSet<>(used.named("task-thread", "fenceline").threads());
        late.removeAll(mine);
        say("threads of ours that came for a moment", used.only(late), silence);

        for (int round = 1; round <= 2; round++) {
            for (Quiet quiet : all) {
                append(quiet, "after " + round);
                long start = System.nanoTime();
                source(quiet, worker).awaitCommitted(quiet.topic, (round + 1L) * quiet.streams, Duration.ofSeconds(20));
                Cluster.say(
                        quiet + ": what came after the silence was there within " + Cluster.millisSince(start) + " ms");
                requireStored(quiet, worker, round + 1);
                worker.rest().restart(quiet.name());
            }
        }
        Await.sleep(Duration.ofSeconds(2));
        for (Quiet quiet : all) {
            requireOnce(quiet);
            source(quiet, worker).delete();
        }
        assertThat(Files.readString(worker.log())).doesNotContain("nothing was heard", "trying again in");
        worker.close();
    }

    private void begin(Quiet quiet, ConnectWorker worker) {
        for (int i = 0; i < quiet.streams; i++) {
            cluster.reader().createStream(quiet.stream(i), null);
        }
        append(quiet, "before");
        cluster.createTopicNamed(quiet.topic, 1);
        Map<String, String> config = Source.config(cluster.s2(), quiet.prefix + "/*", quiet.topic, 1);
        config.put("s2.transport", quiet.transport);
        worker.rest().put(quiet.name(), Source.inTransactions(config));
        source(quiet, worker).awaitCommitted(quiet.topic, quiet.streams, SourceLane.PATIENCE);
    }

    private Source source(Quiet quiet, ConnectWorker worker) {
        return Source.of(cluster, worker.rest(), quiet.name());
    }

    private void append(Quiet quiet, String text) {
        for (int i = 0; i < quiet.streams; i++) {
            cluster.reader().appendForeign(quiet.stream(i), i + " " + text);
        }
    }

    /** The position of every stream stands behind what was appended. */
    private static void requireStored(Quiet quiet, ConnectWorker worker, int position) {
        List<Integer> stored = new ArrayList<>();
        for (JsonNode each :
                worker.rest().offsets(quiet.name()).require(200).json().get("offsets")) {
            stored.add(each.get("offset").get("seq_num").asInt());
        }
        assertThat(stored).hasSize(quiet.streams).allMatch(each -> each == position);
    }

    private void requireOnce(Quiet quiet) {
        Map<String, List<String>> found = new TreeMap<>();
        TopicHistory.forEach(cluster.bootstrapServers(), quiet.topic, record -> {
            String[] parts = new String(record.value(), StandardCharsets.UTF_8).split(" ", 2);
            found.computeIfAbsent(parts[0], stream -> new ArrayList<>()).add(parts[1]);
        });
        assertThat(found).hasSize(quiet.streams).allSatisfy((stream, texts) -> assertThat(texts)
                .containsExactly("before", "after 1", "after 2"));
    }

    private static void say(String what, ThreadTimes used, Duration time) {
        Cluster.say(String.format(
                "%s: %.3f s of CPU in %d s, %.3f %% of a core: %s",
                what, used.seconds(), time.toSeconds(), used.seconds() * 100 / time.toSeconds(), used));
    }
}
