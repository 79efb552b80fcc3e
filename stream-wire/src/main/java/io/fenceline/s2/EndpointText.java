package io.fenceline.s2;

import io.fenceline.s2.wire.PeerText;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An endpoint as messages may show it: an operator has to recognise what he wrote, and a password or token he wrote into the
 * wrong place must not travel on into logs and status topics. Any thread.
 */
public final class EndpointText {

    private static final String HIDDEN = "[hidden]";
    private static final int LONGEST = 200;
    /** Of a query or fragment, with its sign: enough to recognise a slip of the pen, too little for a secret. */
    private static final int MOST_SHOWN = 4;

    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]{0,9}://");
    /** What a token could be: no host, path or basin name of common make has such a part. */
    private static final Pattern LONG_WORD = Pattern.compile("[A-Za-z0-9_+=~-]{20,}");

    private static final Pattern NAME = Pattern.compile("[a-z]+|[a-z0-9]+(-[a-z0-9]+)+");
    private static final Pattern HEX = Pattern.compile("[0-9a-f-]{32,}");
    private static final Pattern PART_OF_A_URL = Pattern.compile("[.:]");

    private EndpointText() {}

    /** Without credentials, query and fragment, and without anything that could be a token. */
    public static String printable(String endpoint) {
        String text = PeerText.brief(endpoint.strip(), LONGEST);
        Matcher scheme = SCHEME.matcher(text);
        int begin = scheme.lookingAt() ? scheme.end() : 0;
        String rest = text.substring(begin);
        int at = rest.lastIndexOf('@');
        if (at >= 0) {
            rest = HIDDEN + rest.substring(at);
        }
        for (int i = 0; i < rest.length(); i++) {
            boolean atEnd = rest.charAt(i) == '?' || rest.charAt(i) == '#';
            if (atEnd && rest.length() - i > MOST_SHOWN) {
                rest = rest.substring(0, i + 1) + HIDDEN;
                break;
            }
        }
        if (begin == 0 && rest.length() >= 20 && !PART_OF_A_URL.matcher(rest).find()) {
            // base64 has slashes, which cut it into words too short to be told from others
            return couldBeToken(rest) ? HIDDEN : rest;
        }
        return text.substring(0, begin) + withoutTokens(rest);
    }

    /** Whether there is nothing in it that could be shown. */
    public static boolean isHidden(String endpoint) {
        return printable(endpoint).equals(HIDDEN);
    }

    /** The text with every word hidden that could be a token. */
    public static String withoutTokens(String text) {
        return LONG_WORD.matcher(text).replaceAll(found -> couldBeToken(found.group()) ? HIDDEN : found.group());
    }

    private static boolean couldBeToken(String word) {
        return !NAME.matcher(word).matches() || HEX.matcher(word).matches();
    }
}
