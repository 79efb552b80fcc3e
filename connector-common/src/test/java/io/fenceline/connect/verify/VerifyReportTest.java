package io.fenceline.connect.verify;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fenceline.connect.verify.Findings.Kind;
import io.fenceline.connect.verify.VerifyReport.Conclusion;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is said in the end: only what was compared is called equal. */
class VerifyReportTest {

    @Test
    void shouldSayEqualWhereSomethingWasComparedAndNothingFound() throws JsonProcessingException {
        VerifyReport report = report(false, compared(3), new Findings());

        assertThat(report.verdict()).isEqualTo(Conclusion.EQUAL);
        assertThat(report.verdict().exitCode()).isZero();
        assertThat(json(report).path("verdict").asText()).isEqualTo("equal");
        assertThat(json(report).path("ok").asBoolean()).isTrue();
        assertThat(table(report)).containsPattern("compared +3").doesNotContain("nothing was compared");
    }

    @Test
    void shouldNotSayEqualWhereNoPartitionHasARecord() throws JsonProcessingException {
        VerifyReport report = report(false, new Findings(), new Findings());

        assertNothingCompared(report, "Nothing was compared: there is no record that both sides still hold.");
    }

    @Test
    void shouldNotSayEqualWhereThereIsNoPartition() throws JsonProcessingException {
        assertNothingCompared(report(false), "Nothing was compared");
    }

    @Test
    void shouldNotSayEqualWhereBothSidesHoldOtherRecords() throws JsonProcessingException {
        Findings disjoint = new Findings();
        disjoint.add(Kind.IN_S2, 4);
        disjoint.addNotComparable(NotComparable.GONE_FROM_KAFKA);

        assertNothingCompared(report(false, disjoint), "t-0 and stream 's0': nothing was compared");
    }

    @Test
    void shouldNotSayEqualWhereOnePartitionWithRecordsCouldNotBeCompared() throws JsonProcessingException {
        Findings trimmed = new Findings();
        trimmed.add(Kind.IN_KAFKA, 2);
        trimmed.addNotComparable(NotComparable.GONE_FROM_STREAM);
        VerifyReport report = report(false, compared(5), trimmed);

        assertNothingCompared(report, "t-1 and stream 's1': nothing was compared");
        assertThat(json(report)
                        .path("partitions")
                        .path(0)
                        .path("nothing_compared")
                        .asBoolean())
                .isFalse();
        assertThat(json(report)
                        .path("partitions")
                        .path(1)
                        .path("nothing_compared")
                        .asBoolean())
                .isTrue();
    }

    @Test
    void shouldTakeAPartitionThatFillsOnlyNowForEmpty() {
        Findings young = new Findings();
        young.add(Kind.IN_S2, 1);
        young.addNotComparable(NotComparable.BEHIND_THE_END);

        assertThat(report(false, compared(1), young).verdict()).isEqualTo(Conclusion.EQUAL);
        assertThat(report(false, young).verdict()).isEqualTo(Conclusion.NOTHING_COMPARED);
    }

    @Test
    void shouldSayWhatWasFoundBeforeSayingThatNothingWasCompared() {
        Findings missing = new Findings();
        missing.add(Kind.IN_KAFKA, 1);
        missing.add(Kind.MISSING, "t-0 offset 0");
        VerifyReport report = report(false, missing, new Findings());

        assertThat(report.verdict()).isEqualTo(Conclusion.FINDINGS);
        assertThat(report.verdict().exitCode()).isEqualTo(1);
        assertThat(table(report)).contains("t-0 and stream 's0': 1 missing", "missing: t-0 offset 0");
    }

    @Test
    void shouldCountRepeatsAndNotMindThemWhereTheyAreNoDefect() {
        Findings repeats = compared(1);
        repeats.add(Kind.DUPLICATES, 2);

        assertThat(report(true, repeats).verdict()).isEqualTo(Conclusion.EQUAL);
        assertThat(report(false, repeats).verdict()).isEqualTo(Conclusion.FINDINGS);
        Findings onlyRepeats = new Findings();
        onlyRepeats.add(Kind.DUPLICATES, 2);
        assertThat(report(true, onlyRepeats).verdict()).isEqualTo(Conclusion.NOTHING_COMPARED);
    }

    @Test
    void shouldPrintWhyRecordsAreNotComparable() throws JsonProcessingException {
        Findings findings = compared(1);
        findings.addNotComparable(NotComparable.GONE_FROM_STREAM);
        findings.addNotComparable(NotComparable.GONE_FROM_STREAM);
        findings.addNotComparable(NotComparable.OTHER_TOPIC);
        VerifyReport report = report(false, findings, compared(1));

        assertThat(table(report))
                .containsPattern("not comparable +3")
                .containsPattern("  gone from the stream +2")
                .containsPattern("  of another topic +1")
                .doesNotContain("gone from Kafka");
        JsonNode reasons = json(report).path("not_comparable_because");
        assertThat(reasons.path("gone_from_stream").asLong()).isEqualTo(2);
        assertThat(reasons.path("other_topic").asLong()).isEqualTo(1);
        assertThat(List.of("gone_from_kafka", "behind_the_end", "compacted"))
                .allSatisfy(name -> assertThat(reasons.path(name).asLong(-1)).isZero());
        assertThat(json(report).path("compared").asLong()).isEqualTo(2);
    }

    private static void assertNothingCompared(VerifyReport report, String said) throws JsonProcessingException {
        assertThat(report.verdict()).isEqualTo(Conclusion.NOTHING_COMPARED);
        assertThat(report.verdict().exitCode()).isEqualTo(3);
        assertThat(json(report).path("verdict").asText()).isEqualTo("nothing_compared");
        assertThat(json(report).path("ok").asBoolean(true)).isFalse();
        assertThat(table(report)).contains(said);
    }

    private static Findings compared(int records) {
        Findings findings = new Findings();
        findings.add(Kind.IN_KAFKA, records);
        findings.add(Kind.IN_S2, records);
        for (int i = 0; i < records; i++) {
            findings.addCompared();
        }
        return findings;
    }

    private static VerifyReport report(boolean atLeastOnce, Findings... partitions) {
        VerifyReport report = new VerifyReport("t", false, atLeastOnce);
        for (int partition = 0; partition < partitions.length; partition++) {
            report.add(partition, "s" + partition, partitions[partition]);
        }
        return report;
    }

    private static String table(VerifyReport report) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        report.printTable(new PrintStream(out));
        return out.toString();
    }

    private static JsonNode json(VerifyReport report) throws JsonProcessingException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        report.printJson(new PrintStream(out));
        return new ObjectMapper().readTree(out.toString());
    }
}
