package io.fenceline.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.s2.S2Client;
import io.fenceline.s2.S2ClientConfig;
import io.fenceline.s2.wire.AppendBatch;
import io.fenceline.s2.wire.RecordDraft;
import io.fenceline.testkit.S2Server;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a source holds while Connect takes next to nothing, measured as the heap that is left after a collection, in a JVM of
 * its own with little of it.
 */
class SourceMemoryIT {

    private static final String BASIN = "memory-basin";
    private static final int STREAMS = 30;
    private static final long BUFFER = 32L << 20;
    /** What one may be wrong about the size of objects, and what connections need. */
    private static final double MOST = 1.3;

    private static final Pattern RESULT = Pattern.compile("grown=(-?\\d+) held=(\\d+)");

    @TempDir
    static Path folder;

    private static S2Server server;

    @BeforeAll
    static void fill() throws Exception {
        server = S2Server.builder(folder).start();
        server.reader(BASIN).createBasin();
        try (S2Client client = new S2Client(S2ClientConfig.forBasin(BASIN).withEndpoint(server.basinEndpoint()))) {
            fill(client, 10, 12_000, 0);
            fill(client, 100, 3_000, 3);
            fill(client, 1_024, 1_200, 3);
        }
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    /** Records of 10 bytes took three and a half times the limit, and compressed ones any number of times. */
    @ParameterizedTest
    @CsvSource({
        "10,none,session",
        "10,gzip,session",
        "100,none,session",
        "100,gzip,session",
        "1024,none,session",
        "1024,gzip,session",
        "1024,none,sse"
    })
    void whatIsHeldIsWithinTheLimitWhateverTheRecordsAre(int bytes, String compression, String transport)
            throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                SourceMemoryProbe.class.getName(),
                "s2.basin=" + BASIN,
                "s2.basin.endpoint=" + server.basinEndpoint(),
                "s2.account.endpoint=" + server.accountEndpoint(),
                "s2.access.token=none",
                "s2.streams=" + String.join(",", names(bytes)),
                "s2.compression=" + compression,
                "s2.transport=" + transport,
                "buffer.max.bytes=" + BUFFER));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        Matcher result = RESULT.matcher(output);
        assertThat(result.find()).as(output).isTrue();
        long grown = Long.parseLong(result.group(1));
        long held = Long.parseLong(result.group(2));
        System.out.printf(
                "records of %d bytes, %s, %s: the heap has grown by %.1f MiB, the task says %.1f, the limit is %d%n",
                bytes, compression, transport, grown / 1048576.0, held / 1048576.0, BUFFER >> 20);
        assertThat(output).doesNotContain("OutOfMemoryError");
        assertThat(held).isBetween(BUFFER / 2, BUFFER);
        assertThat(grown).isLessThan((long) (MOST * BUFFER));
    }

    private static List<String> names(int bytes) {
        List<String> names = new ArrayList<>();
        for (int stream = 0; stream < STREAMS; stream++) {
            names.add("of-" + bytes + "/" + stream);
        }
        return names;
    }

    /** Text as logs are, which compresses well. */
    private static void fill(S2Client client, int bytes, int records, int headers) throws Exception {
        byte[] body = "{\"level\":\"INFO\",\"logger\":\"com.example.shop.Orders\",\"message\":\"order accepted\"}"
                .repeat(bytes / 60 + 1)
                .substring(0, bytes)
                .getBytes(StandardCharsets.US_ASCII);
        for (String name : names(bytes)) {
            client.createStream(name).get();
            RecordDraft draft = new RecordDraft();
            for (int next = 0; next < records; ) {
                AppendBatch batch = new AppendBatch(1_000, 1 << 20, 1 << 20);
                while (next < records
                        && batch.tryAdd(with(headers, next, draft.reset()).body(body, 0, body.length))) {
                    next++;
                }
                client.append(name, batch.freeze(OptionalLong.empty(), null)).get();
            }
        }
    }

    private static RecordDraft with(int headers, int number, RecordDraft draft) {
        draft.timestamp(1_700_000_000_000L + number);
        String[] names = {"kafka.id", "kafka.ts", "kafka.key"};
        for (int i = 0; i < headers; i++) {
            draft.header(bytes(names[i]), bytes("orders/0/" + number));
        }
        return draft;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
