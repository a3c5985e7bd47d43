package org.skerry.xenstore;

import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

class SharedTest
{
    @Test
    void shouldKeepOneOfEqualNamesAndValues()
    {
        final TestStore fixture = new TestStore();
        final TestClient dom0 = fixture.socket();
        dom0.ok("WRITE", "/a/state|4");
        dom0.ok("WRITE", "/b/c/state|4");
        final Tree tree = fixture.store.tree();

        assertSame(tree.find("/a/state").value(), tree.find("/b/c/state").value());
        assertSame(nameOfOnlyChild(tree.find("/a")), nameOfOnlyChild(tree.find("/b/c")));
    }

    @Test
    void shouldReturnWhatItWasGivenWhateverElseFallsOnItsPlace()
    {
        final Shared shared = new Shared();
        for (int i = 0; i < 100_000; i++)
        {
            final String name = "n" + i;
            assertEquals(name, shared.name(name));
            assertArrayEquals(name.getBytes(), shared.value(name.getBytes()));
        }
    }

    private static String nameOfOnlyChild(final Node node)
    {
        final String[] found = new String[1];
        node.children().forEach((name, child) -> found[0] = name);
        return found[0];
    }
}
