package io.fenceline.testkit.quickstart;

import io.fenceline.testkit.ConnectWorker;
import io.fenceline.testkit.KafkaBroker;
import io.fenceline.testkit.S2Reader;
import io.fenceline.testkit.S2Server;
import java.nio.file.Path;

/**
 * What a run works with.
 *
 * @param basin  name of the basin
 * @param reader looks at that basin
 * @param lasting the S2 server was there before and stays: names have to be new
 * @param root   of the project
 */
record Servers(
        KafkaBroker broker,
        ConnectWorker worker,
        S2Server s2,
        S2Reader reader,
        String basin,
        boolean lasting,
        Path root) {

    /** A name for streams or a topic; on a server that lives on, the streams of an earlier run are somebody else's. */
    String fresh(String name) {
        return lasting ? name + "-" + System.currentTimeMillis() : name;
    }
}
