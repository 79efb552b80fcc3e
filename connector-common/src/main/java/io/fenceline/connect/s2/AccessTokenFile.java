package io.fenceline.connect.s2;

import io.fenceline.s2.AccessTokens;
import io.fenceline.s2.http.LogContext;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An access token kept in a file that somebody else replaces. A thread of its own reads the file every second, and at once when a
 * token is refused; nobody else waits for a disk. Any thread may call.
 */
public final class AccessTokenFile implements AccessTokens {

    private static final Logger log = LoggerFactory.getLogger(AccessTokenFile.class);

    private static final long LOOK_EVERY_MILLIS = 1_000;
    /** A disk that takes longer does not keep a refusal from being heard. */
    private static final long LOOK_LIMIT_MILLIS = 1_000;
    /** No token is as long: what is larger is another file. */
    private static final int MAX_BYTES = 16 << 10;

    private final Path file;
    private final ScheduledThreadPoolExecutor looks;
    /** Of the thread that looks. */
    private final TokenWatch watch;

    private volatile String current;

    // guarded by this, which is never held while the file is read
    private @Nullable CompletableFuture<String> nextLook;

    private AccessTokenFile(Path file, String content) {
        this.file = file;
        this.watch = new TokenWatch(file.toString(), content, System.nanoTime());
        this.current = watch.token();
        LogContext logContext = LogContext.current();
        this.looks = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(logContext.carriedTo(task), "fenceline-access-token");
            thread.setDaemon(true);
            return thread;
        });
        looks.scheduleWithFixedDelay(this::look, LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    /**
     * Reads the file, in the caller's thread, and begins to watch it.
     *
     * @throws IllegalArgumentException saying in a few words why there is no token in it
     */
    public static AccessTokenFile open(String path) {
        try {
            Path file = Path.of(path);
            return new AccessTokenFile(file, read(file));
        } catch (IOException e) {
            throw new IllegalArgumentException(reason(e), e);
        }
    }

    @Override
    public String current() {
        return current;
    }

    @Override
    public CompletableFuture<Boolean> isReplaced(@Nullable String refused) {
        if (!current.equals(refused)) {
            return CompletableFuture.completedFuture(true);
        }
        return lookSoon()
                .thenApply(token -> !token.equals(refused))
                .completeOnTimeout(false, LOOK_LIMIT_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** One look answers all who ask before it begins. */
    private synchronized CompletableFuture<String> lookSoon() {
        CompletableFuture<String> asked = nextLook;
        if (asked == null) {
            asked = new CompletableFuture<>();
            nextLook = asked;
            try {
                looks.execute(this::lookAsAsked);
            } catch (RejectedExecutionException closed) {
                nextLook = null;
                asked.complete(current);
            }
        }
        return asked;
    }

    private void lookAsAsked() {
        CompletableFuture<String> asked = takeNextLook();
        look();
        if (asked != null) {
            asked.complete(current);
        }
    }

    private synchronized @Nullable CompletableFuture<String> takeNextLook() {
        CompletableFuture<String> asked = nextLook;
        nextLook = null;
        return asked;
    }

    /** By the content: a time of change is coarse on some file systems, and a link swapped above the file changes none. */
    private void look() {
        try {
            watch.found(read(file), System.nanoTime()).ifPresent(AccessTokenFile::tell);
        } catch (IOException | RuntimeException e) {
            watch.unreadable(reason(e), System.nanoTime()).ifPresent(AccessTokenFile::tell);
        }
        current = watch.token();
    }

    private static void tell(TokenWatch.News news) {
        if (news.warning()) {
            log.warn(news.text());
        } else {
            log.info(news.text());
        }
    }

    private static String read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes(MAX_BYTES + 1);
            if (content.length > MAX_BYTES) {
                throw new IOException("it has more than " + MAX_BYTES + " bytes, so it is not a token");
            }
            return new String(content, StandardCharsets.UTF_8);
        }
    }

    /** In words: the message of a file system's exception is often no more than the path. */
    private static String reason(Exception failure) {
        if (failure instanceof NoSuchFileException) {
            return "it does not exist on this worker";
        }
        if (failure instanceof AccessDeniedException) {
            return "this worker's process may not read it";
        }
        return "it cannot be read (" + failure.getMessage() + ")";
    }

    @Override
    public void close() {
        looks.shutdownNow();
        CompletableFuture<String> asked = takeNextLook();
        if (asked != null) {
            asked.complete(current);
        }
    }

    /** The token does not show. */
    @Override
    public String toString() {
        return "the access token in " + file;
    }
}
