package io.fenceline.testkit.quickstart;

import java.util.List;
import java.util.Map;

/** One way records can take: what is put in, which connectors carry it, and what has to be there in the end. */
interface Route extends AutoCloseable {

    /**
     * A connector to post.
     *
     * @param file    below the project's root
     * @param changes what this run needs otherwise than the file has it
     */
    record Posting(String file, int tasks, Map<String, String> changes) {}

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

    /** How far that is, for people; asked on another thread. */
    default String howFar() {
        return "";
    }

    /** The summary, and whether everything that was put in is there as promised. */
    Balance check(long given) throws Exception;

    record Balance(boolean right, String summary) {}

    /** Puts in a few records more, if the check has taken away what there was to look at. */
    default void refill() {}

    /** Commands to look at the result with, a line each. */
    List<String> lookAt();

    @Override
    default void close() {}
}
