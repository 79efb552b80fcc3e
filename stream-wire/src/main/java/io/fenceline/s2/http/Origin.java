package io.fenceline.s2.http;

/** Where requests go: scheme, host and port. */
public record Origin(boolean secure, String host, int port) {

    /** As a request's authority; the port is left out where it is the scheme's own. */
    public String authority() {
        return isDefaultPort() ? name() : target();
    }

    /** As what a proxy is asked for: always with the port. */
    String target() {
        return name() + ":" + port;
    }

    private String name() {
        return host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    }

    boolean isDefaultPort() {
        return port == (secure ? 443 : 80);
    }

    /** For messages. */
    String hostAndPort() {
        return host + ":" + port;
    }
}
