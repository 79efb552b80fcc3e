package io.fenceline.testkit;

/** On the server the run wants: a real one unless it asks for the embedded one. */
class ServerGoneIT extends ServerGoneContract {

    ServerGoneIT() {
        super(S2Location.wantedOwn());
    }
}
