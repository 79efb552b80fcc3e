package io.fenceline.testkit.s2;

import io.fenceline.s2.wire.ServerError;

/** A request the service's rules do not admit; nothing was changed. */
public final class Refused extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient ServerError error;

    Refused(ServerError error) {
        super(error.describe());
        this.error = error;
    }

    static Refused of(int status, String code, String message) {
        return new Refused(ServerError.of(status, code, message));
    }

    static Refused invalid(String message) {
        return of(422, "invalid", message);
    }

    static Refused badJson(String message) {
        return of(400, "bad_json", message);
    }

    static Refused badHeader(String name, String message) {
        return of(400, "bad_header", "Invalid header `" + name + "`: " + message);
    }

    static Refused noBasin(String basin) {
        return of(404, "basin_not_found", "basin `" + basin + "` not found");
    }

    static Refused noStream(String basin, String stream) {
        return of(404, "stream_not_found", "stream `" + stream + "` in basin `" + basin + "` not found");
    }

    /** What every call sees that had a stream open while it was deleted. */
    static Refused streamGone() {
        return of(503, "unavailable", "the stream was deleted");
    }

    ServerError error() {
        return error;
    }
}
