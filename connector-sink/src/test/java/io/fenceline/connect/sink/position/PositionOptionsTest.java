package io.fenceline.connect.sink.position;

import static org.assertj.core.api.Assertions.assertThat;

import io.fenceline.connect.sink.position.PositionOptions.Wish;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PositionOptionsTest {

    private static final List<String> MINIMAL =
            List.of("--basin", "my-basin", "--topic", "orders", "--partition", "3", "--basin-endpoint", "http://h:1");

    @Test
    void shouldShowThePositionIfNothingElseIsAskedFor() {
        PositionOptions options = parse();

        assertThat(options.wish()).isEqualTo(new Wish.Show());
        assertThat(options.partition()).isEqualTo(new TopicPartition("orders", 3));
        assertThat(options.stream()).isEqualTo("orders/3");
        assertThat(options.group()).isNull();
        assertThat(options.kafka()).isEmpty();
        assertThat(options.dryRun() || options.yes()).isFalse();
    }

    @Test
    void shouldTakeEverythingFromTheCommandLine() {
        PositionOptions options = parse(
                "--stream",
                "x/${topic}/${partition}",
                "--access-token",
                "t0ken",
                "--bootstrap-servers",
                "localhost:9092",
                "--connector",
                "sink",
                "--kafka-property",
                "ssl.key.password=a=b",
                "--set-offset",
                "1200",
                "--yes");

        assertThat(options.wish()).isEqualTo(new Wish.StartAt(1_200));
        assertThat(options.stream()).isEqualTo("x/orders/3");
        assertThat(options.group()).isEqualTo("connect-sink");
        assertThat(options.kafka())
                .containsEntry("bootstrap.servers", "localhost:9092")
                .containsEntry("ssl.key.password", "a=b");
        assertThat(options.yes()).isTrue();
        assertThat(options.toString()).doesNotContain("t0ken").doesNotContain("a=b");
        assertThat(parse("--bootstrap-servers", "h:1", "--group", "of-mine").group())
                .isEqualTo("of-mine");
        assertThat(parse("--clear", "--dry-run").wish()).isEqualTo(new Wish.Clear());
        assertThat(parse("--to-group-position").wish()).isEqualTo(new Wish.StartAtGroup());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--topic t --partition 0 | --basin is missing",
                "--basin my-basin --partition 0 | --topic is missing",
                "--basin my-basin --topic t | --partition is missing",
                "--basin my-basin --topic t --partition three | --partition must be a whole number",
                "--basin my-basin --topic t --partition -1 | --partition must be a whole number",
                "--basin my-basin --topic t --partition 4294967296 | --partition is at most 2147483647",
                "--basin my-basin --topic t --partition 0 | s2.access.token",
                "--set-offset -1 | --set-offset must be a whole number",
                "--set-offset 1.5 | --set-offset must be a whole number",
                "--set-offset 9999999999999999999 | --set-offset must be a whole number",
                "--set-offset | --set-offset needs a value",
                "--set-offset 1 --clear | --set-offset and --clear contradict each other",
                "--to-group-position --clear | --to-group-position and --clear contradict each other",
                "--dry-run | --dry-run and --yes need --set-offset",
                "--yes | --dry-run and --yes need --set-offset",
                "--bootstrap-servers h:1 | --bootstrap-servers needs --connector or --group",
                "--connector c | --bootstrap-servers is missing",
                "--kafka-property a=b | --bootstrap-servers is missing",
                "--bootstrap-servers h:1 --connector c --group g | both name the group",
                "--stream ${x} | --stream",
                "--s2-property s2.stream=x | unknown key s2.stream",
                "--fast | unknown option --fast"
            })
    void shouldSayWhatIsWrongInOneLineAndEndWithCode2(String args, String complaint) {
        List<String> all = new ArrayList<>();
        if (!args.startsWith("--basin") && !args.startsWith("--topic")) {
            all.addAll(MINIMAL);
        }
        all.addAll(List.of(args.split(" ")));
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int code = run(all, Map.of(), err);

        assertThat(code).isEqualTo(2);
        assertThat(err.toString().lines()).hasSize(1);
        assertThat(err.toString()).startsWith("position: ").contains(complaint);
    }

    @Test
    void shouldExplainItself() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        int code = PositionCommand.run(
                List.of("--help"), Map.of(), InputStream.nullInputStream(), new PrintStream(out), System.err);

        assertThat(code).isZero();
        assertThat(out.toString())
                .contains("--basin", "--access-token-file", "--set-offset", "--clear", "--dry-run", "--yes")
                .contains("Exit code 0", "Exit code 1", "Exit code 2");
    }

    @Test
    void shouldEndWithCode2WhenTheTokensFileIsNotThere() {
        List<String> args = new ArrayList<>(MINIMAL);
        args.addAll(List.of("--access-token-file", "/no/such/file"));
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(run(args, Map.of(), err)).isEqualTo(2);
        assertThat(err.toString()).startsWith("position: [CONFIG] s2.access.token.file is '/no/such/file'");
    }

    @Test
    void shouldEndWithCode2WhenKafkaCannotBeReached() {
        List<String> args = new ArrayList<>(MINIMAL);
        args.addAll(List.of("--bootstrap-servers", "no.such.host.invalid:9092", "--connector", "c"));
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(run(args, Map.of(), err)).isEqualTo(2);
        assertThat(err.toString()).startsWith("position: Kafka: ").contains("No resolvable bootstrap urls");
    }

    @Test
    void shouldNotEndAsWithNothingChangedWhenItCrashes() {
        Map<String, String> broken = new HashMap<>() {
            @Override
            public @Nullable String get(Object key) {
                throw new OutOfMemoryError("Java heap space");
            }
        };
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        assertThat(run(MINIMAL, broken, err)).isEqualTo(2);
        assertThat(err.toString()).contains("should not occur", "Java heap space");
    }

    private static int run(List<String> args, Map<String, String> environment, ByteArrayOutputStream err) {
        return PositionCommand.run(
                args,
                environment,
                InputStream.nullInputStream(),
                new PrintStream(new ByteArrayOutputStream()),
                new PrintStream(err));
    }

    private static PositionOptions parse(String... more) {
        List<String> args = new ArrayList<>(MINIMAL);
        args.addAll(List.of(more));
        return PositionOptions.parse(args, Map.of());
    }
}
