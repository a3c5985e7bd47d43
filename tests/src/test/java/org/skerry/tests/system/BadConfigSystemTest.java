package org.skerry.tests.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Bad input gets one clear line with its place, a status that is not zero, and leaves nothing behind.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BadConfigSystemTest
{
    private static HostUnderTest host;

    @BeforeAll
    static void up()
    {
        host = new HostUnderTest();
        host.ok(host.skerry("up"));
    }

    @AfterAll
    static void down() throws IOException
    {
        host.close();
    }

    @Test
    void shouldNameAnUnknownKeyAndTheNearestOne() throws Exception
    {
        refuse(":4:1: ", "memry", host.config("typo", "memry = 32"));
        assertTrue(host.xl("create", host.folder().resolve("typo.cfg").toString()).err().contains("memory"));
    }

    @Test
    void shouldPointAtAnUnbalancedBracket() throws Exception
    {
        refuse(":4:", "vif", host.config("bracket", "vif = [ 'switch=sw0'"));
    }

    @Test
    void shouldNameAMissingImage() throws Exception
    {
        refuse(":4:", "/no/such.img", host.config("image", "disk = [ 'file:/no/such.img,xvda,w' ]"));
    }

    @Test
    void shouldSayHowMuchMemoryThereIs() throws Exception
    {
        refuse(":2:", "memory", Files.write(host.folder().resolve("much.cfg"), List.of(
            "name = 'much'", "memory = 99999999", "kernel = '" + HostUnderTest.KERNEL + "'")));
    }

    @Test
    void shouldRefuseANameThatIsInUse() throws Exception
    {
        final Path config = host.config("twin");
        host.ok(host.xl("create", config.toString()));
        final String before = state();
        final HostUnderTest.Result second = host.xl("create", config.toString());
        assertNotEquals(0, second.exit());
        assertEquals(1, problems(second).size(), second.err());
        assertTrue(second.err().contains(":1:") && second.err().contains("twin"), second.err());
        assertEquals(before, state());
        host.ok(host.xl("destroy", "twin"));
    }

    @Test
    void shouldRefuseAKernelThatIsNone() throws Exception
    {
        final Path kernel = Files.writeString(host.folder().resolve("vmlinuz"), "not a jar");
        refuse(":3:", "kernel", Files.write(host.folder().resolve("kernel.cfg"), List.of(
            "name = 'kernel'", "memory = 64", "kernel = '" + kernel + "'")));
    }

    @Test
    void shouldRefuseAConfigThatIsNotThere()
    {
        final HostUnderTest.Result result = host.xl("create", "/no/such.cfg");
        assertNotEquals(0, result.exit());
        assertTrue(result.err().contains("/no/such.cfg"), result.err());
    }

    private static void refuse(final String place, final String what, final Path config) throws IOException
    {
        final String before = state();
        final HostUnderTest.Result result = host.xl("create", config.toString());
        assertNotEquals(0, result.exit());
        assertEquals(1, problems(result).size(), result.err());
        assertTrue(problems(result).getFirst().contains(config.getFileName() + place), result.err());
        assertTrue(result.err().contains(what), result.err());
        assertEquals(before, state());
    }

    private static List<String> problems(final HostUnderTest.Result result)
    {
        return result.err().lines().filter(line -> !line.startsWith("Parsing config from ")).toList();
    }

    /** @return domains, files and processes: what must not change. */
    private static String state() throws IOException
    {
        try (Stream<Path> files = Files.walk(host.runDirectory()))
        {
            return host.ok(host.xl("list")).replaceAll("[r-][b-]---- +[0-9.]+", "") +
                files.filter(path -> !path.toString().endsWith(".log")).sorted().toList() +
                host.processes().stream().map(line -> line.replaceAll(".* (\\S+)$", "$1")).sorted().toList();
        }
    }
}
