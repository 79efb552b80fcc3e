package io.fenceline.testkit;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;

/** Whether a client that waits for its answer is still there. */
final class ClientSocket {

    private ClientSocket() {}

    /** For the thread that reads the socket, between two requests: a client that waits for its answer sends nothing. */
    static boolean hasEnded(Socket client) {
        try {
            client.setSoTimeout(1);
            return client.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        } finally {
            try {
                client.setSoTimeout(0);
            } catch (IOException e) {
                // it has ended
            }
        }
    }
}
