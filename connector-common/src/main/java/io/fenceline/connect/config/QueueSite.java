package io.fenceline.connect.config;

import java.net.URI;
import java.util.Optional;

/** Where the queues of a configuration are: one site for all of them, since a connector has one client. Immutable. */
public interface QueueSite {

    /** The key that the queues were given with, for messages. */
    String key();

    /** Scheme, host and port of the queues' URLs, where requests go unless {@code sqs.endpoint} says otherwise. */
    URI endpoint();

    /** The region in the hosts' names, if they are AWS's. */
    Optional<String> region();
}
