package io.fenceline.connect.config;

/** Takes what is wrong with a configuration, key by key. */
@FunctionalInterface
public interface ConfigProblems {

    /** {@code message} is complete: it names the key, the value unless secret, and what is allowed. */
    void add(String key, String message);
}
