package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.ManagedProcess;
import java.util.List;
import java.util.Map;

/** What stands at the end of a route that is not Kafka. Thread-safe: whoever presses Ctrl-C closes it on another thread. */
interface FarSide extends AutoCloseable {

    /** Where it is, for people. */
    String where();

    /** Keys of a connector's configuration that say where it is, with what a server of one's own takes as credentials. */
    Map<String, String> connection();

    /** Keys for the environment's credentials: posted, and written to no file. */
    Map<String, String> credentials();

    /** What was started for it. */
    List<ManagedProcess> processes();

    /** It was there before and stays: what a run makes on it has to have a name that is new. */
    boolean isLasting();

    /** A name for streams, a topic or a queue; on a server that lives on, those of an earlier run are somebody else's. */
    default String fresh(String name) {
        return isLasting() ? name + "-" + System.currentTimeMillis() : name;
    }

    /** Takes away what this run has made, if the server stays and somebody else would have to. */
    @Override
    default void close() {}
}
