package io.fenceline.s2;

import java.util.List;

/**
 * Part of a basin's listing.
 *
 * @param hasMore further streams follow behind the last one of this page
 */
public record StreamPage(List<StreamInfo> streams, boolean hasMore) {

    public StreamPage {
        streams = List.copyOf(streams);
    }
}
