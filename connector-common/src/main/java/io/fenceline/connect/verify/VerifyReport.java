package io.fenceline.connect.verify;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What a run found, per partition and in total. Owned by one thread. */
final class VerifyReport {

    /** What a run says in the end. */
    enum Conclusion {
        EQUAL(0),
        FINDINGS(1),
        /** No finding, but of the topic, or of a partition that has records, not one could be compared. */
        NOTHING_COMPARED(3);

        private final int exitCode;

        Conclusion(int exitCode) {
            this.exitCode = exitCode;
        }

        int exitCode() {
            return exitCode;
        }
    }

    private record Row(String stream, Findings findings) {}

    private final String topic;
    private final boolean idsOnly;
    private final boolean atLeastOnce;
    private final Map<Integer, Row> rows = new TreeMap<>();
    private final Findings total = new Findings();

    VerifyReport(String topic, boolean idsOnly, boolean atLeastOnce) {
        this.topic = topic;
        this.idsOnly = idsOnly;
        this.atLeastOnce = atLeastOnce;
    }

    void add(int partition, String stream, Findings findings) {
        rows.put(partition, new Row(stream, findings));
        total.addAll(findings);
    }

    /** Whether the topic arrived as its connector's guarantee says. */
    Conclusion verdict() {
        if (!total.isClean(atLeastOnce)) {
            return Conclusion.FINDINGS;
        }
        boolean nothingCompared = total.compared() == 0
                || rows.values().stream().anyMatch(row -> row.findings().nothingCompared());
        return nothingCompared ? Conclusion.NOTHING_COMPARED : Conclusion.EQUAL;
    }

    void printTable(PrintStream out) {
        for (Findings.Kind kind : Findings.Kind.values()) {
            printCount(out, kind.label(), total.count(kind));
            if (kind == Findings.Kind.IN_S2) {
                printCount(out, "compared", total.compared());
            }
        }
        for (NotComparable reason : NotComparable.values()) {
            if (total.count(reason) > 0) {
                printCount(out, "  " + reason.label(), total.count(reason));
            }
        }
        if (idsOnly) {
            out.println("(ids only: contents were not compared)");
        }
        if (atLeastOnce) {
            out.println("(at least once: duplicates are no defect)");
        }
        if (verdict() == Conclusion.EQUAL) {
            return;
        }
        out.println();
        if (verdict() == Conclusion.NOTHING_COMPARED && total.compared() == 0) {
            out.println("Nothing was compared: there is no record that both sides still hold.");
        }
        rows.forEach((partition, row) -> {
            if (!row.findings().isClean(atLeastOnce)) {
                out.println(
                        topic + "-" + partition + " and stream '" + row.stream() + "': " + problems(row.findings()));
            } else if (row.findings().nothingCompared()) {
                out.println(topic + "-" + partition + " and stream '" + row.stream()
                        + "': nothing was compared, there is no record that both sides still hold");
            }
        });
        total.examples().forEach(example -> out.println("  " + example));
    }

    private static void printCount(PrintStream out, String label, long count) {
        out.println(String.format(Locale.ROOT, "%-22s %12d", label, count));
    }

    private static String problems(Findings findings) {
        StringBuilder text = new StringBuilder();
        for (Findings.Kind kind : Findings.Kind.values()) {
            if (kind.isProblem() && findings.count(kind) > 0) {
                text.append(text.isEmpty() ? "" : ", ")
                        .append(findings.count(kind))
                        .append(' ')
                        .append(kind.label());
            }
        }
        return text.toString();
    }

    void printJson(PrintStream out) {
        ObjectMapper json = new ObjectMapper();
        ObjectNode root = json.createObjectNode();
        root.put("topic", topic);
        root.put("verdict", verdict().name().toLowerCase(Locale.ROOT));
        root.put("ok", verdict() == Conclusion.EQUAL);
        root.put("ids_only", idsOnly);
        root.put("at_least_once", atLeastOnce);
        putCounts(root, total);
        ArrayNode partitions = root.putArray("partitions");
        rows.forEach((partition, row) -> {
            ObjectNode node = partitions.addObject();
            node.put("partition", partition);
            node.put("stream", row.stream());
            node.put("nothing_compared", row.findings().nothingCompared());
            putCounts(node, row.findings());
        });
        ArrayNode examples = root.putArray("examples");
        total.examples().forEach(examples::add);
        try {
            out.println(json.writerWithDefaultPrettyPrinter().writeValueAsString(root));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the report has no JSON form", e);
        }
    }

    private static void putCounts(ObjectNode node, Findings findings) {
        for (Findings.Kind kind : Findings.Kind.values()) {
            node.put(kind.jsonName(), findings.count(kind));
        }
        node.put("compared", findings.compared());
        ObjectNode reasons = node.putObject("not_comparable_because");
        for (NotComparable reason : NotComparable.values()) {
            reasons.put(reason.jsonName(), findings.count(reason));
        }
    }
}
