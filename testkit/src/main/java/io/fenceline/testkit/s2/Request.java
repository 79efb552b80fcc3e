package io.fenceline.testkit.s2;

import java.net.URLDecoder;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a client asked for.
 *
 * @param path    as it came, with its query
 * @param headers names in lower case
 */
public record Request(String method, String path, Map<String, String> headers) {

    private static final int LONGEST_REQUEST_TOKEN = 36;

    static Request of(HttpRequest request) {
        Map<String, String> headers = new TreeMap<>();
        for (Header header : request.getHeaders()) {
            headers.put(header.getName().toLowerCase(Locale.ROOT), header.getValue());
        }
        return new Request(request.getMethod(), request.getPath(), headers);
    }

    @Nullable
    String header(String name) {
        return headers.get(name);
    }

    /** The media type, without its parameters; empty if there is none. */
    String contentType() {
        return mediaType(headers.get("content-type"));
    }

    /** The first media type of {@code Accept}: no other counts. */
    String accept() {
        String all = headers.getOrDefault("accept", "");
        return mediaType(all.split(",", 2)[0]);
    }

    boolean acceptsGzip() {
        return headers.getOrDefault("accept-encoding", "").contains("gzip");
    }

    /** True for base64, false for raw text. */
    boolean isBase64() throws Refused {
        String format = headers.getOrDefault("s2-format", "raw");
        return switch (format) {
            case "raw", "json" -> false;
            case "base64", "json-binsafe" -> true;
            default -> throw Refused.badHeader("s2-format", format);
        };
    }

    @Nullable
    String requestToken() throws Refused {
        String token = headers.get("s2-request-token");
        if (token != null && token.length() > LONGEST_REQUEST_TOKEN) {
            throw Refused.badHeader("s2-request-token", "longer than 36 bytes");
        }
        return token;
    }

    /** The path's segments, decoded one by one: a slash inside a stream's name is none between segments. */
    List<String> segments() throws Refused {
        String resource = path.contains("?") ? path.substring(0, path.indexOf('?')) : path;
        List<String> segments = new ArrayList<>();
        for (String segment : resource.substring(1).split("/", -1)) {
            // plus is a plus here
            byte[] bytes = URLDecoder.decode(segment.replace("+", "%2B"), StandardCharsets.ISO_8859_1)
                    .getBytes(StandardCharsets.ISO_8859_1);
            try {
                segments.add(StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString());
            } catch (CharacterCodingException e) {
                throw Refused.of(400, "bad_path", "Invalid URL: not UTF-8");
            }
        }
        return segments;
    }

    Map<String, String> query() {
        Map<String, String> values = new HashMap<>();
        int start = path.indexOf('?');
        if (start >= 0) {
            for (String pair : path.substring(start + 1).split("&")) {
                int equals = pair.indexOf('=');
                if (equals > 0) {
                    values.put(
                            pair.substring(0, equals),
                            URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
                }
            }
        }
        return values;
    }

    private static String mediaType(@Nullable String value) {
        return value == null ? "" : value.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    }
}
