package org.skerry.wire.xs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

class XenstorePathTest
{
    private static final String HOME = "/local/domain/7";

    @ParameterizedTest
    @ValueSource(strings = {"/", "/a", "/a/b", "/A-z_0@9", "/local/domain/0/backend/vbd/1/51712"})
    void shouldLeaveAbsolutePathsAlone(final String path)
    {
        assertEquals(path, XenstorePath.resolve(HOME, path, false, 2048));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "//", "/a/", "/a//b", "a/", "/a b", "/a.b", "/a+b", "/a:b", "/\u00e4", "/a\u0100",
        "@x", "@releaseDomain"})
    void shouldRefuse(final String path)
    {
        assertNull(XenstorePath.resolve(HOME, path, false, 2048));
    }

    @Test
    void shouldPutRelativePathsBelowTheHomeOfTheCaller()
    {
        assertEquals("/local/domain/7/device/vif/0", XenstorePath.resolve(HOME, "device/vif/0", false, 2048));
    }

    @Test
    void shouldTakeSpecialNamesOnlyWhereTheyBelong()
    {
        assertEquals("@releaseDomain", XenstorePath.resolve(HOME, "@releaseDomain", true, 2048));
        assertEquals("@releaseDomain/7", XenstorePath.resolve(HOME, "@releaseDomain/7", true, 2048));
        assertNull(XenstorePath.resolve(HOME, "@releaseDomain", false, 2048));
    }

    @Test
    void shouldCountLengthBeyondTheHomeOfADomain()
    {
        final String longest = "a".repeat(2048);

        assertNotNull(XenstorePath.resolve(HOME, longest, false, 2048));
        assertNull(XenstorePath.resolve(HOME, longest + 'a', false, 2048));
        assertNotNull(XenstorePath.resolve(HOME, "/local/domain/12345/" + longest, false, 2048));
        assertNull(XenstorePath.resolve(HOME, "/local/domain/123456/" + longest, false, 2048));
        assertNull(XenstorePath.resolve(HOME, '/' + longest, false, 2048));
        assertNotNull(XenstorePath.resolve(HOME, '/' + longest + longest, false, 0));
    }

    @Test
    void shouldTakePathsApartAndPutThemTogether()
    {
        assertEquals("/a/b", XenstorePath.parent("/a/b/c"));
        assertEquals("/", XenstorePath.parent("/a"));
        assertEquals("/", XenstorePath.parent("@releaseDomain"));
        assertEquals("c", XenstorePath.leaf("/a/b/c"));
        assertEquals("/a", XenstorePath.child("/", "a"));
        assertEquals("/a/b", XenstorePath.child("/a", "b"));
    }
}
