package org.skerry.toolstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigParserTest
{
    @Test
    void shouldParseOneAssignmentALine()
    {
        assertEquals("name='a' memory=128", show(parse("name = \"a\"\nmemory = 128\n")));
    }

    @Test
    void shouldParseAssignmentsSeparatedBySemicolons()
    {
        assertEquals("name='a' memory=128 vcpus=2", show(parse("name='a';memory=128 ; vcpus = 2")));
    }

    @Test
    void shouldParseSeveralAssignmentsOnOneLine()
    {
        assertEquals("kernel='/boot/k' memory=256 disk=['a','b'] name='alt'",
            show(parse("kernel = \"/boot/k\" memory = 256 disk = [ 'a', 'b' ] name = \"alt\"")));
    }

    @Test
    void shouldSkipCommentsBlankLinesAndByteOrderMark()
    {
        assertEquals("a=1 b='#x'", show(parse("\ufeff# -*- mode: python; -*-\r\n\r\n  a = 1 # one\r\n\tb = '#x'#")));
    }

    @ParameterizedTest
    @CsvSource({
        "0,0", "128,128", "0x20,32", "0X1f,31", "017,15", "-3600,-3600", "9223372036854775807,9223372036854775807"})
    void shouldReadNumbers(final String text, final long value)
    {
        final var number = assertInstanceOf(ConfigValue.Number.class, parse("n=" + text).setting("n").value());

        assertEquals(value, number.value());
        assertEquals(text, number.text());
    }

    @Test
    void shouldUndoEscapesInBothKindsOfQuotes()
    {
        assertEquals("say \"hi\" it's \\ \t \n A A", text("s=\"say \\\"hi\\\" it's \\\\ \\t \\n \\x41 \\101\"", "s"));
        assertEquals("it's \"so\"", text("s='it\\'s \"so\"'", "s"));
    }

    @Test
    void shouldKeepNationalCharacters()
    {
        assertEquals("grüße из Xen", text("s='grüße из Xen'", "s"));
    }

    @Test
    void shouldParseListsWithTrailingCommaLineBreaksAndComments()
    {
        assertEquals("disk=['a','b'] vif=[]", show(parse("""
            disk=[ 'a',   # first
                   # nothing here

                   'b', ]
            vif = [
            ]
            """)));
    }

    @Test
    void shouldParseNestedLists()
    {
        assertEquals("vnuma=[['pnode=0','size=1'],[1,[2]]]",
            show(parse("vnuma = [ [ 'pnode=0', 'size=1' ], [ 1, [ 2, ], ], ]")));
    }

    @Test
    void shouldAppendToListsAndStrings()
    {
        assertEquals("disk=['a','b'] extra='x y' vif=['']",
            show(parse("disk=['a']\ndisk += ['b']\nextra='x'\nextra+=' y'\nvif += ['']")));
    }

    @Test
    void shouldLetTheLastAssignmentCountAndSaySo()
    {
        final Config config = parse("memory=1\nmemory=2");

        assertEquals("memory=2", show(config));
        assertEquals(List.of("t.cfg:2:1: 'memory' is set again, line 1 does not count"), config.notices());
    }

    @Test
    void shouldKnowWhereEachValueStands()
    {
        final Config config = parse("name = 'x'\ndisk = [ 'one',\n    'two' ]");
        final var list = assertInstanceOf(ConfigValue.Sequence.class, config.setting("disk").value());
        final var two = assertInstanceOf(ConfigValue.Text.class, list.elements().get(1));

        assertEquals(new SourcePosition("t.cfg", 1, 1), config.setting("name").position());
        assertEquals(new SourcePosition("t.cfg", 2, 8), list.position());
        assertEquals(new SourcePosition("t.cfg", 3, 5), two.position());
        assertEquals(new SourcePosition("t.cfg", 3, 7), two.positionOf(1));
    }

    @Test
    void shouldKnowWhereCharactersStandBehindAnEscape()
    {
        final var text = assertInstanceOf(ConfigValue.Text.class, parse("s='a\\tb'").setting("s").value());

        assertEquals(4, text.positionOf(0).column());
        assertEquals(5, text.positionOf(1).column());
        assertEquals(7, text.positionOf(2).column());
        assertEquals(8, text.positionOf(3).column());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '^', value = {
        "a = 'x                  | 1:5: string is not closed, a ' is missing on this line",
        "a = [ 'x', 'y'          | 1:5: '[' of 'a' is not closed",
        "a = [ 'x'~b = 2         | 1:5: '[' of 'a' is not closed before 'b' in line 2",
        "a = [ 'x' ; b = 2       | 1:5: '[' of 'a' is not closed",
        "a = 'x' ]               | 1:9: ']' without '['",
        "]                       | 1:1: ']' without '['",
        "a = [ 'x' 'y' ]         | 1:11: expected ',' or ']' in the list of 'a', found the string 'y'",
        "a = [ ,'x' ]            | 1:7: expected a value of 'a', found ','",
        "a = [ x ]               | 1:7: element of 'a' needs quotes: 'x'",
        "a = x                   | 1:5: value of 'a' needs quotes: \"x\"",
        "a =                     | 1:4: 'a' has no value",
        "a =~b = 1               | 1:4: 'a' has no value",
        "a                       | 1:1: expected '=' after 'a'",
        "a 1                     | 1:1: expected '=' after 'a'",
        "= 1                     | 1:1: expected a key, found '='",
        "'a' = 1                 | 1:1: expected a key, found the string 'a'",
        "a = 1, 2                | 1:6: expected the end of the line after the value of 'a', found ','",
        "a = 'x' 'y'             | 1:9: expected the end of the line after the value of 'a', found the string 'y'",
        "a = 'x' + 'y'           | 1:9: unexpected '+' (Python code in a config is not run)",
        "a = 'x' % b             | 1:9: unexpected '%' (Python code in a config is not run)",
        "import os               | 1:1: expected '=' after 'import' (Python code in a config is not run)",
        "def f(x):               | 1:1: expected '=' after 'def' (Python code in a config is not run)",
        "a = ('x', 'y')          | 1:5: unexpected '(' (Python code in a config is not run)",
        "a = 12monkeys           | 1:5: '12monkeys' is no number (decimal, 0x hexadecimal or 0 octal)",
        "a = 09                  | 1:5: '09' is no number (decimal, 0x hexadecimal or 0 octal)",
        "a = 99999999999999999999| 1:5: '99999999999999999999' is no number (decimal, 0x hexadecimal or 0 octal)",
        "a = 0xffffffffffffffff  | 1:5: '0xffffffffffffffff' is no number (decimal, 0x hexadecimal or 0 octal)",
        "a = 'x\\q'               | 1:7: unknown escape '\\q' (write '\\\\' for a backslash)",
        "a = 'x\\x4'              | 1:7: bad character number after '\\'",
        "a = 'x\\0'               | 1:7: bad character number after '\\'",
        "a = $HOME               | 1:5: unexpected '$'",
        "root = „/dev/sda1 ro“   | 1:8: typographic quote '„', use straight quotes \" or '",
        "a = [] ~a += 'x'        | 2:6: cannot add a string to 'a', which is a list",
        "# c~~  b = 1~ c = = 2   | 4:6: expected a value of 'c', found '='"})
    void shouldPointAtWhatItCannotParse(final String text, final String message)
    {
        final var ex = assertThrows(ConfigException.class, () -> parse(text.replace('~', '\n')));

        assertEquals("t.cfg:" + message, ex.getMessage());
    }

    @Test
    void shouldRefuseBinaryFiles()
    {
        assertEquals("t.cfg:1:1: not a text file (not UTF-8)", assertThrows(ConfigException.class,
            () -> ConfigParser.parse("t.cfg", new byte[]{(byte)0xff, (byte)0xfe, 0})).getMessage());
        assertEquals("t.cfg:1:1: not a text file (byte 0x7f)", assertThrows(ConfigException.class,
            () -> ConfigParser.parse("t.cfg", "\177ELF".getBytes(StandardCharsets.UTF_8))).getMessage());
    }

    @Test
    void shouldRefuseBottomlessNestingAndEndlessFiles()
    {
        assertEquals("t.cfg:1:19: lists nested deeper than 16",
            assertThrows(ConfigException.class, () -> parse("a=" + "[".repeat(100_000))).getMessage());
        assertEquals("t.cfg:1:1: longer than 1048576 bytes",
            assertThrows(ConfigException.class, () -> parse(" ".repeat(1048577))).getMessage());
    }

    @Test
    void shouldOverrideFromTheCommandLineWithoutQuotes()
    {
        final Config config = parse("name='a'\nmemory=1\ndisk=['x']");

        ConfigParser.override(config, "memory=512", 1);
        ConfigParser.override(config, "name=b", 2);
        ConfigParser.override(config, "kernel=/boot/vmlinuz 6", 3);
        ConfigParser.override(config, "disk+=['y']", 4);
        ConfigParser.override(config, "extra='quiet'", 5);
        ConfigParser.override(config, "root=", 6);

        assertEquals("name='b' memory=512 disk=['x','y'] kernel='/boot/vmlinuz 6' extra='quiet' root=''",
            show(config));
        assertEquals(List.of(), config.notices());
        assertEquals("command line:3:8", config.setting("kernel").value().position().toString());
    }

    @Test
    void shouldNameTheArgumentThatIsNoOverride()
    {
        assertEquals("command line:2:1: expected key=value, found 'quiet'", assertThrows(ConfigException.class,
            () -> ConfigParser.override(parse(""), "quiet", 2)).getMessage());
        assertEquals("command line:1:6: '[' of 'disk' is not closed", assertThrows(ConfigException.class,
            () -> ConfigParser.override(parse(""), "disk=['a'", 1)).getMessage());
    }

    @Test
    void shouldAnswerNullForAKeyThatIsNotSet()
    {
        assertNull(parse("a=1").setting("b"));
    }

    private static Config parse(final String text)
    {
        return ConfigParser.parse("t.cfg", text);
    }

    private static String text(final String config, final String key)
    {
        return assertInstanceOf(ConfigValue.Text.class, parse(config).setting(key).value()).value();
    }

    private static String show(final Config config)
    {
        return config.settings().stream()
            .map(setting -> setting.key() + "=" + show(setting.value())).collect(Collectors.joining(" "));
    }

    private static String show(final ConfigValue value)
    {
        return switch (value)
        {
            case ConfigValue.Text text -> "'" + text.value() + "'";
            case ConfigValue.Number number -> Long.toString(number.value());
            case ConfigValue.Sequence list ->
                list.elements().stream().map(ConfigParserTest::show).collect(Collectors.joining(",", "[", "]"));
        };
    }
}
