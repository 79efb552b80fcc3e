package io.fenceline.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

/** 200 partitions are claimed side by side, and what a restart costs in requests is counted at the server. */
final class ManyPartitionsIT {

    private static final int PARTITIONS = 200;
    private static final int MOST_REQUESTS = 3;
    private static final Pattern REQUEST = Pattern.compile("request\\{method=(\\w+) uri=(\\S+)");

    private final Cluster cluster = Cluster.shared();

    @Test
    void twoHundredPartitionsAreClaimedInParallelAndARestartIsCheap() throws Exception {
        S2Server server = S2Server.builder(cluster.output().resolve("s2-counted"))
                .logRequests()
                .startOwn();
        S2Reader reader = server.reader(Cluster.BASIN).createBasin();
        String topic = cluster.createTopic("many", PARTITIONS);
        produce(topic);
        ConnectWorker worker = cluster.newWorker("many").start();
        Map<String, String> config = Cluster.sinkTo(server, topic, 1);
        // a poll missed by this much would cost the partitions
        config.put("consumer.override.max.poll.interval.ms", "10000");
        long start = System.nanoTime();
        Sink sink = Sink.start(cluster, worker.rest(), topic, PARTITIONS, reader, config);
        sink.awaitAllArrived(Duration.ofSeconds(60));
        Cluster.say(PARTITIONS + " partitions claimed and written " + Cluster.millisSince(start)
                + " ms after the connector was posted");
        sink.awaitNoLag(Duration.ofSeconds(30));

        worker.kill();
        int logged = lines(server).size();
        produce(topic);
        worker.launch();
        worker.awaitReady();
        start = System.nanoTime();
        // the log and not our own look at the streams: that one would be counted
        io.fenceline.testkit.Await.until(
                "everything is committed", Duration.ofSeconds(60), () -> sink.committed() == 2 * PARTITIONS);
        Cluster.say(PARTITIONS + " partitions written and committed " + Cluster.millisSince(start)
                + " ms after the worker's return");
        List<String> sinceRestart = lines(server).subList(logged, lines(server).size());
        Map<String, List<String>> requests = new TreeMap<>();
        Map<String, Integer> reads = new TreeMap<>();
        List<String> unnamed = new ArrayList<>();
        for (String line : sinceRestart) {
            Matcher request = REQUEST.matcher(line);
            if (request.find()) {
                String method = request.group(1);
                String stream = streamOf(request.group(2), topic);
                if (stream == null) {
                    unnamed.add(method + " " + request.group(2));
                } else if (method.equals("GET") && request.group(2).contains("/records?")) {
                    reads.merge(stream, 1, Integer::sum);
                } else {
                    requests.computeIfAbsent(stream, s -> new ArrayList<>()).add(method);
                }
            }
        }
        // one record per stream: the last POST is the append session it went through, later requests do not delay it
        int most = requests.values().stream()
                .mapToInt(methods -> methods.lastIndexOf("POST") + 1)
                .max()
                .orElse(0);
        int mostReads = reads.values().stream().mapToInt(n -> n).max().orElse(0);
        Cluster.say("restart: at most " + most + " requests per stream (" + mostReads
                + " reads besides), naming no stream: " + unnamed.size());
        assertThat(requests).hasSize(PARTITIONS);
        assertThat(most)
                .as("requests per stream before the first append was acknowledged")
                .isLessThanOrEqualTo(MOST_REQUESTS);
        // creating a stream, for one, does not name it in the path
        assertThat(unnamed).hasSizeLessThan(10);
        assertThat(Files.readString(worker.log()))
                .doesNotContain("consumer poll timeout has expired")
                .doesNotContain("poll() was longer than");

        assertThat(sink.requirePerfect(Duration.ofSeconds(60)).inS2()).isEqualTo(2 * PARTITIONS);
        sink.delete();
        worker.close();
        server.close();
    }

    private static List<String> lines(S2Server server) throws IOException {
        return Files.readAllLines(server.log());
    }

    private static @org.jspecify.annotations.Nullable String streamOf(String uri, String topic) {
        String decoded = URLDecoder.decode(uri, StandardCharsets.UTF_8);
        Matcher stream = Pattern.compile(Pattern.quote(topic) + "/\\d+").matcher(decoded);
        return stream.find() ? stream.group() : null;
    }

    private void produce(String topic) {
        try (KafkaProducer<byte[], byte[]> producer = Load.producer(cluster.bootstrapServers())) {
            for (int partition = 0; partition < PARTITIONS; partition++) {
                producer.send(new ProducerRecord<>(topic, partition, null, new byte[] {1, 2, 3}));
            }
        }
    }
}
