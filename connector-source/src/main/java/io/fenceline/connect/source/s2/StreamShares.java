package io.fenceline.connect.source.s2;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;

/** Which task reads which stream. */
final class StreamShares {

    /** 96 bits: nobody looks for two lists of one digest, and two that somebody has never share it by chance. */
    private static final int DIGEST_BYTES = 12;

    private StreamShares() {}

    /** {@code streams} in the order of their names, dealt out in turn; as many lists as there are streams at most. */
    static List<List<String>> dealOut(Collection<String> streams, int maxTasks) {
        List<List<String>> shares = new ArrayList<>();
        List<String> sorted = streams.stream().distinct().sorted().toList();
        for (int i = 0; i < sorted.size(); i++) {
            if (i < maxTasks) {
                shares.add(new ArrayList<>());
            }
            shares.get(i % maxTasks).add(sorted.get(i));
        }
        return shares;
    }

    /**
     * The owner among {@code tasks} of a stream found by prefix, the same in every process and every release: the name's
     * {@link String#hashCode}, which Java defines, modulo their number. Names that count up at their end, the usual ones,
     * go round the tasks evenly.
     */
    static int owner(String stream, int tasks) {
        return Math.floorMod(stream.hashCode(), tasks);
    }

    /**
     * Stands for what a task reads, in any order, where the names themselves must not be written: those of a configuration
     * provider are kept out of what Connect stores, and a digest tells them only to who knows them already.
     */
    static String digest(String basin, Collection<String> names) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            add(sha, basin);
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
