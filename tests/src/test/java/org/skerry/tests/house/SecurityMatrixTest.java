package org.skerry.tests.house;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

/**
 * Faults that others had, and the tests that hold them off here: {@code docs/security-matrix.md} says of each row of
 * {@code security-rows.txt} which tests carry its tag, why it cannot apply, or that there is no test yet. To write the
 * page anew:
 * <pre>
 * mvn -q -pl tests -am -Dtest=SecurityMatrixTest -Dskerry.matrix.write=true \\
 *     -Dsurefire.failIfNoSpecifiedTests=false test
 * </pre>
 */
class SecurityMatrixTest
{
    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Path PAGE = ROOT.resolve("docs/security-matrix.md");
    private static final String NOT_YET = "not yet: ";
    private static final Pattern TAG = Pattern.compile("@Tag\\(\"(SEC-\\d+)\"\\)");
    private static final Pattern BEARER = Pattern.compile("\\b(?:void|class) (\\w+)");
    private static final String HEAD = """
        # Security matrix

        Faults that others had in what is built here too, and what keeps each of them away: the tests that carry its
        number as a JUnit tag, or why it cannot happen here. Numbers of advisories are those of xenbits.xen.org/xsa and
        cve.org. This page is made by `SecurityMatrixTest` from the tests and `security-rows.txt`, and the build fails
        when it is not up to date; to make it:

        ```
        mvn -q -pl tests -am -Dtest=SecurityMatrixTest -Dskerry.matrix.write=true \\
          -Dsurefire.failIfNoSpecifiedTests=false test
        ```

        """;

    @Test
    void shouldSayOfEveryRowWhatTestsItOrWhyNothingDoes() throws IOException
    {
        final Map<String, Set<String>> tests = taggedTests();
        final List<Row> rows = rows();
        final List<String> broken = new ArrayList<>();
        for (final Row row : rows)
        {
            final boolean isTested = tests.containsKey(row.id);
            if (!isTested && row.reason.isEmpty())
            {
                broken.add(row.id + " has neither test nor reason");
            }
            if (isTested && row.reason.startsWith(NOT_YET))
            {
                broken.add(row.id + " is said to have no test, and has " + tests.get(row.id));
            }
        }
        tests.keySet().stream().filter(id -> rows.stream().noneMatch(row -> row.id.equals(id)))
            .forEach(id -> broken.add(id + " is a tag of " + tests.get(id) + " and no row"));
        assertEquals(List.of(), broken);

        final String page = page(rows, tests);
        if (Boolean.getBoolean("skerry.matrix.write"))
        {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertEquals(page, Files.readString(PAGE), "write it anew with -Dskerry.matrix.write=true");
    }

    private static String page(final List<Row> rows, final Map<String, Set<String>> tests)
    {
        final long tested = rows.stream().filter(row -> tests.containsKey(row.id)).count();
        final long missing = rows.stream().filter(row -> row.reason.startsWith(NOT_YET)).count();
        final StringBuilder page = new StringBuilder(HEAD);
        page.append(rows.size()).append(" rows: ").append(tested).append(" tested, ")
            .append(rows.size() - tested - missing).append(" cannot apply, ").append(missing).append(" not yet.\n\n")
            .append("| row | known as | what went wrong | here |\n|---|---|---|---|\n");
        for (final Row row : rows)
        {
            final List<String> here = new ArrayList<>();
            tests.getOrDefault(row.id, Set.of()).forEach(test -> here.add('`' + test + '`'));
            if (!row.reason.isEmpty())
            {
                here.add((row.reason.startsWith(NOT_YET) ? "**not yet**: " : "") + row.reason.replace(NOT_YET, ""));
            }
            page.append("| ").append(row.id).append(" | ").append(row.knownAs).append(" | ").append(row.subject)
                .append(" | ").append(String.join("<br>", here)).append(" |\n");
        }

        return page.toString();
    }

    private static List<Row> rows() throws IOException
    {
        try (InputStream in = SecurityMatrixTest.class.getResourceAsStream("security-rows.txt"))
        {
            final List<Row> rows = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                .filter(line -> !line.startsWith("#") && !line.isBlank()).map(Row::parse).toList();
            assertFalse(rows.isEmpty());
            assertEquals(rows.size(), rows.stream().map(Row::id).distinct().count(), "a row stands there twice");

            return rows;
        }
    }

    /** @return names of tests by tag, those of a class without the name of a method. */
    private static Map<String, Set<String>> taggedTests() throws IOException
    {
        final Map<String, Set<String>> tests = new TreeMap<>();
        try (Stream<Path> modules = Files.list(ROOT))
        {
            for (final Path sources : modules.map(module -> module.resolve("src/test/java"))
                .filter(Files::isDirectory).toList())
            {
                try (Stream<Path> files = Files.walk(sources))
                {
                    for (final Path file : files.filter(path -> path.toString().endsWith(".java")).toList())
                    {
                        collect(file, tests);
                    }
                }
            }
        }

        return tests;
    }

    private static void collect(final Path file, final Map<String, Set<String>> tests) throws IOException
    {
        final String className = file.getFileName().toString().replace(".java", "");
        final Set<String> tags = new TreeSet<>();
        for (final String line : Files.readAllLines(file))
        {
            final Matcher tag = TAG.matcher(line);
            while (tag.find())
            {
                tags.add(tag.group(1));
            }
            final Matcher bearer = BEARER.matcher(line);
            if (!tags.isEmpty() && bearer.find())
            {
                final String name = bearer.group(1).equals(className) ? className : className + '.' + bearer.group(1);
                tags.forEach(id -> tests.computeIfAbsent(id, key -> new TreeSet<>()).add(name));
                tags.clear();
            }
        }
    }

    private record Row(String id, String knownAs, String subject, String reason)
    {
        static Row parse(final String line)
        {
            final String[] words = line.split("\\|", -1);
            assertEquals(4, words.length, line);
            return new Row(words[0].strip(), words[1].strip(), words[2].strip(), words[3].strip());
        }
    }
}
