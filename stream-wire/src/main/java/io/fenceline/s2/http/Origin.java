package io.fenceline.s2.http;

/** Where requests go: scheme, host and port. */
public record Origin(boolean secure, String host, int port) {

    /** As a request's authority; the port is left out where it is the scheme's own. */
    public String authority() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return isDefaultPort() ? name : name + ":" + port;
    }

    boolean isDefaultPort() {
        return port == (secure ? 443 : 80);
    }

    /** For messages. */
    String hostAndPort() {
        return host + ":" + port;
    }
}
