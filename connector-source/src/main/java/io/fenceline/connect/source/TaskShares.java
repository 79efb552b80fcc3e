package io.fenceline.connect.source;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Which task reads what: each of the connector's streams or queues, by name, has one task. Says the same in every process and every
 * release.
 */
public final class TaskShares {

    /** 96 bits: nobody looks for two lists of one digest, and two that somebody has never share it by chance. */
    private static final int DIGEST_BYTES = 12;

    private TaskShares() {}

    /** {@code names} in their order, dealt out in turn; as many lists as there are names at most. */
    public static List<List<String>> dealOut(Collection<String> names, int maxTasks) {
        List<List<String>> shares = new ArrayList<>();
        List<String> sorted = names.stream().distinct().sorted().toList();
        for (int i = 0; i < sorted.size(); i++) {
            if (i < maxTasks) {
                shares.add(new ArrayList<>());
            }
            shares.get(i % maxTasks).add(sorted.get(i));
        }
        return shares;
    }

    /**
     * The owner among {@code tasks} of what no list names, such as a stream found by prefix: the name's
     * {@link String#hashCode}, which Java defines, modulo their number. Names that count up at their end, the usual ones,
     * go round the tasks evenly.
     */
    public static int owner(String name, int tasks) {
        return Math.floorMod(name.hashCode(), tasks);
    }

    /**
     * The names of {@code listed} that are a task's, where the task may see the list it was given or the connector's whole list
     * in its place: the list as it is if {@code digest} is that of the list, else its share of it if it is that of the share.
     *
     * @param digest what {@link #digest} has said of the task's share to the connector
     * @param scope  as for the digest
     * @return empty if it is neither: connector and task do not see the same list
     */
    public static Optional<List<String>> own(String digest, String scope, List<String> listed, int task, int tasks) {
        if (digest.equals(digest(scope, listed))) {
            return Optional.of(listed);
        }
        List<List<String>> shares = dealOut(listed, tasks);
        return task < shares.size() && digest.equals(digest(scope, shares.get(task)))
                ? Optional.of(shares.get(task))
                : Optional.empty();
    }

    /**
     * Stands for what a task reads, in any order, where the names themselves must not be written: those of a configuration
     * provider are kept out of what Connect stores, and a digest tells them only to who knows them already.
     *
     * @param scope what the names are names in, e.g. a basin
     */
    public static String digest(String scope, Collection<String> names) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            add(sha, scope);
            names.stream().sorted().forEach(name -> add(sha, name));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(sha.digest(), DIGEST_BYTES));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    private static void add(MessageDigest sha, String name) {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
        sha.update(bytes);
    }
}
