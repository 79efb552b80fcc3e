package io.fenceline.connect.config;

import io.fenceline.s2.EndpointText;
import io.fenceline.s2.wire.PeerText;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.types.Password;
import org.jspecify.annotations.Nullable;

/** Validators whose message names the key, the value and what is allowed; secrets are named without their value. */
public final class Validators {

    private static final Pattern BASIN_NAME = Pattern.compile("[a-z0-9][a-z0-9-]{6,46}[a-z0-9]");
    private static final int ENCRYPTION_KEY_BYTES = 32;

    private Validators() {}

    /** A number from {@code min} to {@code max}, both included. */
    public static Validator between(long min, long max) {
        return new Described(min + " to " + (max == Long.MAX_VALUE ? "2^63-1" : Long.toString(max))) {
            @Override
            void check(String key, Object value) {
                long number = ((Number) value).longValue();
                if (number < min || number > max) {
                    throw refused(key, value);
                }
            }
        };
    }

    public static Validator atLeast(long min) {
        return between(min, Long.MAX_VALUE);
    }

    /** A number from {@code min} on, or -1 for something without end. */
    public static Validator minusOneOrAtLeast(long min) {
        return new Described("-1, or " + min + " or more") {
            @Override
            void check(String key, Object value) {
                long number = ((Number) value).longValue();
                if (number < min && number != -1) {
                    throw refused(key, value);
                }
            }
        };
    }

    /** The lower-case names of an enum's constants. */
    public static <E extends Enum<E>> Validator oneOf(Class<E> type) {
        String allowed = Arrays.stream(type.getEnumConstants())
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        return new Described("one of " + allowed) {
            @Override
            void check(String key, Object value) {
                for (E constant : type.getEnumConstants()) {
                    if (constant.name().toLowerCase(Locale.ROOT).equals(value)) {
                        return;
                    }
                }
                throw refused(key, value);
            }
        };
    }

    public static Validator basinName() {
        return new Described("8 to 48 characters a-z 0-9 -, beginning and ending with a letter or digit") {
            @Override
            void check(String key, Object value) {
                if (!BASIN_NAME.matcher((String) value).matches() && !isUnresolved(value)) {
                    throw refused(key, value);
                }
            }
        };
    }

    /** Text that is not empty or all blanks. */
    public static Validator notBlank() {
        return new Described("text that is not blank") {
            @Override
            void check(String key, Object value) {
                if (((String) value).isBlank()) {
                    throw refused(key, value);
                }
            }
        };
    }

    /** A URL as {@link EndpointRule} allows it. */
    public static Validator endpoint() {
        return new Described(EndpointRule.ALLOWED) {
            @Override
            void check(String key, Object value) {
                if (!isUnresolved(value)) {
                    EndpointRule.problem((String) value).ifPresent(problem -> {
                        throw new ConfigException("Invalid value " + EndpointRule.printable((String) value)
                                + " for configuration " + key + ": " + problem + "; allowed: " + this);
                    });
                }
            }
        };
    }

    /** A URL with a scheme and no path, as AWS's clients take it. */
    static Validator sqsEndpoint() {
        return new Described("http://host[:port] or https://host[:port]") {
            @Override
            void check(String key, Object value) {
                String endpoint = (String) value;
                if (!isUnresolved(value)) {
                    EndpointRule.problem(endpoint)
                            .or(() -> endpoint.matches("(?i)https?://[^/{}]+/?")
                                    ? Optional.empty()
                                    : Optional.of("it has no scheme, or a path"))
                            .ifPresent(problem -> {
                                throw new ConfigException("Invalid value " + EndpointRule.printable(endpoint)
                                        + " for configuration " + key + ": " + problem + "; allowed: " + this);
                            });
                }
            }
        };
    }

    /** A proxy that is talked to without TLS: scheme, host and port, and nothing else. */
    static Validator proxyUrl() {
        return new Described("http://host:port") {
            @Override
            void check(String key, Object value) {
                String url = ((String) value).strip();
                if (!isUnresolved(value)) {
                    EndpointRule.problem(url)
                            .or(() -> url.matches("(?i)http://[^/{}]+:[0-9]+/?")
                                    ? Optional.empty()
                                    : Optional.of("it is not http, has no port, or has a path"))
                            .ifPresent(problem -> {
                                throw new ConfigException("Invalid value " + EndpointRule.printable(url)
                                        + " for configuration " + key + ": " + problem + "; allowed: " + this);
                            });
                }
            }
        };
    }

    static Validator awsRegion() {
        return matching("[a-z]{2,}(-[a-z0-9]+)+", "the code of an AWS region, e.g. eu-central-1");
    }

    static Validator roleArn() {
        return matching("arn:[a-z0-9-]+:iam::[0-9]{12}:role/.+", "arn:aws:iam::<account>:role/<name>");
    }

    /** Text, not empty, that people can read. */
    static Validator visibleText() {
        return matching("[\\x21-\\x7e]+", "not empty, visible ASCII characters only");
    }

    /** Text that a regular expression matches as a whole. */
    static Validator matching(String regex, String allowed) {
        Pattern pattern = Pattern.compile(regex);
        return new Described(allowed) {
            @Override
            void check(String key, Object value) {
                if (!pattern.matcher((String) value).matches() && !isUnresolved(value)) {
                    throw refused(key, value);
                }
            }
        };
    }

    /** Text that {@code parser}, given key and value, takes; it refuses with a {@link ConfigException} that is complete. */
    public static Validator parsedBy(String allowed, BiConsumer<String, String> parser) {
        return new Described(allowed) {
            @Override
            void check(String key, Object value) {
                parser.accept(key, (String) value);
            }
        };
    }

    public static Validator encryptionKey() {
        return new Described("base64 of exactly " + ENCRYPTION_KEY_BYTES + " bytes") {
            @Override
            void check(String key, Object value) {
                String secret = ((Password) value).value();
                if (isUnresolved(secret)) {
                    return;
                }
                int length;
                try {
                    length = Base64.getDecoder().decode(secret).length;
                } catch (IllegalArgumentException e) {
                    throw new ConfigException(
                            "Invalid value [hidden] for configuration " + key + ": it is not base64; allowed: " + this);
                }
                if (length != ENCRYPTION_KEY_BYTES) {
                    throw new ConfigException("Invalid value [hidden] for configuration " + key + ": it decodes to "
                            + length + " bytes; allowed: " + this);
                }
            }
        };
    }

    /** A secret that can travel in an HTTP header. */
    public static Validator headerSafeSecret() {
        return new Described("not empty, visible ASCII characters only") {
            @Override
            void check(String key, Object value) {
                String secret = ((Password) value).value();
                boolean visible = secret.chars().allMatch(c -> c > ' ' && c < 0x7f);
                if (secret.isEmpty() || !visible) {
                    throw new ConfigException("Invalid value [hidden] for configuration " + key + ": allowed: " + this);
                }
            }
        };
    }

    /** True for a placeholder of a configuration provider that nobody has replaced (managed clouds validate such values). */
    public static boolean isUnresolved(@Nullable Object value) {
        return value != null && value.toString().contains("${");
    }

    /** A validator that accepts an absent value and whose text is the allowed range. */
    public abstract static class Described implements Validator {

        private final String allowed;

        protected Described(String allowed) {
            this.allowed = allowed;
        }

        abstract void check(String key, Object value);

        @Override
        public final void ensureValid(String key, @Nullable Object value) {
            if (value != null) {
                check(key, value);
            }
        }

        /** Names the value, but for words that could be a token somebody gave to the wrong key. */
        protected final ConfigException refused(String key, Object value) {
            return new ConfigException("Invalid value " + EndpointText.withoutTokens(PeerText.brief(value.toString()))
                    + " for configuration " + key + ": allowed: " + allowed);
        }

        @Override
        public final String toString() {
            return allowed;
        }
    }
}
