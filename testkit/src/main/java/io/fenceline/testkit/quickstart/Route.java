package io.fenceline.testkit.quickstart;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** One way records can take: what is put in, which connectors carry it, and what has to be there in the end. */
interface Route extends AutoCloseable {

    /**
     * A connector to post.
     *
     * @param file    below the project's root
     * @param changes what this run needs otherwise than the file has it
     */
    record Posting(String file, int tasks, Map<String, String> changes) {}

    /**
     * For sources. A worker that starts reads the offsets of sources first, and waits there for what a killed one left
     * open until the broker gives that up: after a minute, unless told otherwise.
     */
    Map<String, String> EXACTLY_ONCE = Collections.unmodifiableMap(new TreeMap<>(
            Map.of("exactly.once.source.support", "enabled", "producer.transaction.timeout.ms", "10000")));

    /** Worker settings the route needs beyond the launcher's. */
    default Map<String, String> workerSettings() {
        return Map.of();
    }

    /** Makes the topics or streams that have to be there before the connectors. */
    void prepare(Servers servers, Options options);

    List<Posting> postings();

    /** What is going on, for people: "producing 50,000 records". */
    String begin();

    /** How many records are put in altogether. */
    long total();

    /**
     * How many are in.
     *
     * @throws IllegalStateException no more get in
     */
    long given();

    /** How many have come out at the other end, as far as readers are concerned. */
    long arrived();

    /** Both, for people; asked on another thread. */
    String how();

    /** What a kill has cut off, for people. */
    List<String> afterKill(String lastConnector) throws Exception;

    /** What {@link #check} does, for people. */
    String checking();

    /** The summary, and whether everything that was put in is there as promised. */
    Balance check(long given) throws Exception;

    record Balance(boolean right, String summary) {}

    /** Commands to look at the result with, a line each. */
    List<String> lookAt();

    @Override
    default void close() {}
}
