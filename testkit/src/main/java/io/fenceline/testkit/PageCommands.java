package io.fenceline.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What the project's pages tell people to type: blocks of code, and the commands in them and in running text. */
public final class PageCommands {

    private static final Pattern FENCE = Pattern.compile("(?ms)^```(\\w*)\\n(.*?)^```$");
    private static final Pattern QUOTED = Pattern.compile("`([^`\n]+)`");
    /** Up to the word that ends it; the first line goes on behind the sign. */
    private static final Pattern HERE_DOCUMENT = Pattern.compile("(?ms)<<'?(\\w+)'?([^\\n]*)\\n.*?^\\1$");

    private static final Pattern NESTED = Pattern.compile("\\$\\((?!\\()((?:[^()]|\\([^()]*\\))*)\\)");

    private PageCommands() {}

    /**
     * A block of a page.
     *
     * @param language what stands behind the three backticks, empty if nothing does
     * @param line     where it begins, from 1
     */
    public record Block(Path page, int line, String language, String text) {}

    /**
     * One call of one program, in words, as a shell takes them apart; variables are as written.
     *
     * @param place page and line, for messages
     */
    public record Command(String place, List<String> words) {

        public String program() {
            String first = words.get(0);
            return first.startsWith("$KAFKA_HOME/bin/") ? first.substring("$KAFKA_HOME/bin/".length()) : first;
        }

        public List<String> arguments() {
            return words.subList(1, words.size());
        }

        @Override
        public String toString() {
            return place + ": " + String.join(" ", words);
        }
    }

    /** Every page that people read, in the repository's order of folders. */
    public static List<Path> pages() {
        Path root = ProjectRoot.find();
        var pages = new ArrayList<Path>();
        for (String folder :
                List.of("", ".github", "append-session", "config", "deploy", "docs", "docs/adr", "metrics")) {
            try (Stream<Path> files = Files.list(root.resolve(folder))) {
                files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return pages;
    }

    public static List<Block> blocks(Path page) {
        String text = read(page);
        var blocks = new ArrayList<Block>();
        Matcher fence = FENCE.matcher(text);
        while (fence.find()) {
            blocks.add(new Block(page, lineOf(text, fence.start()), fence.group(1), fence.group(2)));
        }
        return blocks;
    }

    /** Of the blocks for a shell. */
    public static List<Command> inBlocks(Path page) {
        var commands = new ArrayList<Command>();
        for (Block block : blocks(page)) {
            if (block.language().equals("bash")) {
                addCommands(name(page) + ":" + block.line(), block.text(), commands);
            }
        }
        return commands;
    }

    /** What stands between backticks in running text, as one command each; most of it is none. */
    public static List<Command> quoted(Path page) {
        String text = FENCE.matcher(read(page)).replaceAll(block -> "\n"
                .repeat((int) block.group().chars().filter(sign -> sign == '\n').count()));
        var commands = new ArrayList<Command>();
        Matcher quoted = QUOTED.matcher(text);
        while (quoted.find()) {
            addCommands(name(page) + ":" + lineOf(text, quoted.start()), quoted.group(1), commands);
        }
        return commands;
    }

    private static void addCommands(String place, String script, List<Command> commands) {
        Matcher nested = NESTED.matcher(script);
        while (nested.find()) {
            addCommands(place, nested.group(1), commands);
        }
        String flat = NESTED.matcher(script).replaceAll("nested");
        flat = HERE_DOCUMENT.matcher(flat).replaceAll("$2");
        split(place, flat.replace("\\\n", " "), commands);
    }

    /** As far as our pages make use of what a shell can. */
    private static void split(String place, String script, List<Command> commands) {
        var words = new ArrayList<String>();
        var word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i <= script.length(); i++) {
            char sign = i == script.length() ? '\n' : script.charAt(i);
            if (quote != 0 && i < script.length()) {
                if (sign == quote) {
                    quote = 0;
                } else {
                    word.append(sign);
                }
            } else if (sign == '\'' || sign == '"') {
                quote = sign;
                inWord = true;
            } else if (sign == '#' && !inWord) {
                int end = script.indexOf('\n', i);
                i = (end < 0 ? script.length() : end) - 1;
            } else if (";|\n".indexOf(sign) >= 0
                    || sign == '&' && !(word.toString().endsWith(">")) && !(inWord && word.indexOf("?") >= 0)) {
                endWord(words, word, inWord);
                inWord = false;
                endCommand(place, words, commands);
            } else if (Character.isWhitespace(sign)) {
                endWord(words, word, inWord);
                inWord = false;
            } else {
                word.append(sign);
                inWord = true;
            }
        }
    }

    private static void endWord(List<String> words, StringBuilder word, boolean inWord) {
        if (inWord) {
            words.add(word.toString());
            word.setLength(0);
        }
    }

    private static void endCommand(String place, List<String> words, List<Command> commands) {
        var call = new ArrayList<String>();
        boolean target = false;
        for (String word : words) {
            if (target) {
                target = false;
            } else if (word.equals(">") || word.equals("<")) {
                target = true;
            } else if (!word.matches("\\d?>&\\d")
                    && !(call.isEmpty()
                            && (word.matches("(?s)[A-Z0-9_]+=.*")
                                    || List.of("do", "then", "until", "while").contains(word)))) {
                call.add(word);
            }
        }
        words.clear();
        if (!call.isEmpty() && !call.get(0).equals("done")) {
            commands.add(new Command(place, List.copyOf(call)));
        }
    }

    private static String name(Path page) {
        return ProjectRoot.find().relativize(page).toString();
    }

    private static int lineOf(String text, int position) {
        return 1
                + (int) text.substring(0, position)
                        .chars()
                        .filter(sign -> sign == '\n')
                        .count();
    }

    private static String read(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
