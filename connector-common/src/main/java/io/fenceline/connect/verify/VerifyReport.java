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
    boolean isClean() {
        return total.isClean(atLeastOnce);
    }

    void printTable(PrintStream out) {
        for (Findings.Kind kind : Findings.Kind.values()) {
            out.println(String.format(Locale.ROOT, "%-18s %12d", kind.label(), total.count(kind)));
        }
        if (idsOnly) {
            out.println("(ids only: contents were not compared)");
        }
        if (atLeastOnce) {
            out.println("(at least once: duplicates are no defect)");
        }
        if (isClean()) {
            return;
        }
        out.println();
        rows.forEach((partition, row) -> {
            if (!row.findings().isClean(atLeastOnce)) {
                out.println(
                        topic + "-" + partition + " and stream '" + row.stream() + "': " + problems(row.findings()));
            }
        });
        total.examples().forEach(example -> out.println("  " + example));
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
        root.put("ok", isClean());
        root.put("ids_only", idsOnly);
        root.put("at_least_once", atLeastOnce);
        putCounts(root, total);
        ArrayNode partitions = root.putArray("partitions");
        rows.forEach((partition, row) -> {
            ObjectNode node = partitions.addObject();
            node.put("partition", partition);
            node.put("stream", row.stream());
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
    }
}
