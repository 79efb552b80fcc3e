package io.fenceline.sqs;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The URL of a queue: {@code https://sqs.<region>.amazonaws.com/<account>/<name>}, or one of a server that speaks SQS's
 * protocol. Two queues are the same if account and name are, whatever the URLs' hosts. Immutable.
 *
 * @param text the URL as it was given, which is what SQS wants in each call
 */
public record QueueUrl(String text, URI endpoint, String account, String name) {

    public static final String ALLOWED =
            "http(s)://host[:port]/account/queue, the queue's name of letters, digits, '-' and '_',"
                    + " up to 80 characters, with '.fifo' at its end for a FIFO queue";

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\\.fifo");
    private static final Pattern REGIONAL_HOST = Pattern.compile(
            "(?:sqs|sqs-fips)\\.([a-z0-9-]+)\\.(?:amazonaws\\.com(?:\\.cn)?|api\\.aws)|([a-z0-9-]+)\\.queue\\.amazonaws\\.com");

    /** @throws IllegalArgumentException if that is no queue URL; the message says what is wrong, without the allowed form */
    public static QueueUrl parse(String text) {
        URI uri;
        try {
            uri = new URI(text);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("it is not a URL");
        }
        String scheme = uri.getScheme();
        if (scheme == null || !(scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))) {
            throw new IllegalArgumentException("it does not begin with http:// or https://");
        }
        if (uri.getHost() == null || uri.getRawUserInfo() != null) {
            throw new IllegalArgumentException("it has no host, or more than a host");
        }
        if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("it has a query or a fragment");
        }
        String[] path = uri.getRawPath().split("/", -1);
        if (path.length != 3 || !path[0].isEmpty() || path[1].isEmpty()) {
            throw new IllegalArgumentException("its path is not /account/queue");
        }
        if (!NAME.matcher(path[2]).matches()) {
            throw new IllegalArgumentException("'" + path[2] + "' is not a queue's name");
        }
        URI endpoint = URI.create(scheme + "://" + uri.getRawAuthority());
        return new QueueUrl(text, endpoint, path[1], path[2]);
    }

    public boolean isFifo() {
        return name.endsWith(".fifo");
    }

    /** The region in the host's name, if it is one of AWS's. */
    public Optional<String> region() {
        Matcher host = REGIONAL_HOST.matcher(endpoint.getHost());
        return host.matches() ? Optional.of(host.group(1) != null ? host.group(1) : host.group(2)) : Optional.empty();
    }

    /** Account and name: what tells queues apart. */
    public String identity() {
        return account + "/" + name;
    }

    @Override
    public String toString() {
        return text;
    }
}
