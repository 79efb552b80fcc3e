package io.fenceline.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the commands of {@code bin/bench} have in common: help, exit codes and the folder of a run.
 *
 * @param usage     text of {@code --help}
 * @param parse     throws {@link IllegalArgumentException} for a command line that is not understood
 * @param keepsData whether the broker's data stays
 * @param keepsLogs whether everything else stays, too
 * @param run       in that folder
 */
record BenchCommand<O>(
        String usage,
        Function<List<String>, O> parse,
        Predicate<O> keepsData,
        Predicate<O> keepsLogs,
        BiConsumer<O, Path> run) {

    /** Ends this JVM: 0 measured, 1 something did not run, 2 the command line is not understood. */
    void runWith(String[] args) {
        if (List.of(args).contains("--help")) {
            System.out.print(usage);
            return;
        }
        O options;
        try {
            options = parse.apply(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.print(usage);
            System.exit(2);
            return;
        }
        RunFolder folder = RunFolder.ofThisProcess();
        if (!keepsData.test(options)) {
            folder.removeDataAtExit();
        }
        System.exit(folder.run(() -> run.accept(options, folder.path()), keepsLogs.test(options)));
    }
}
