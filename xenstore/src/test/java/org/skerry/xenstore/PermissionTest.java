package org.skerry.xenstore;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class PermissionTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient dom0 = fixture.socket();
    private TestClient guest;
    private TestClient other;

    @BeforeEach
    void introduce()
    {
        guest = fixture.guestAtHome(7);
        other = fixture.guestAtHome(8);
    }

    @ParameterizedTest
    @CsvSource({
        "n0,      EACCES, EACCES, EACCES",
        "r0,      v,      EACCES, EACCES",
        "w0,      EACCES, OK|,    EACCES",
        "b0,      v,      OK|,    EACCES",
        "n7,      v,      OK|,    OK|",
        "n0|r7,   v,      EACCES, EACCES",
        "n0|w7,   EACCES, OK|,    EACCES",
        "n0|b7,   v,      OK|,    EACCES",
        "b0|n7,   EACCES, EACCES, EACCES",
        "b0|r7,   v,      EACCES, EACCES",
        "n0|r8,   EACCES, EACCES, EACCES",
        "n0|r32757, v,    EACCES, EACCES",
        "n0|n7|b7, EACCES, EACCES, EACCES"})
    void shouldGrantWhatTheEntriesSay(
        final String permissions, final String read, final String write, final String chmod)
    {
        dom0.ok("WRITE", "/n|v");
        dom0.ok("SET_PERMS", "/n|" + permissions + '|');

        assertEquals(read, guest.ask("READ", "/n|"));
        assertEquals(read.equals("v") ? "" : read, guest.ask("DIRECTORY", "/n|"));
        assertEquals(read.equals("v") ? permissions + '|' : read, guest.ask("GET_PERMS", "/n|"));
        assertEquals(write, guest.ask("MKDIR", "/n/child|"));
        assertEquals(chmod, guest.ask("SET_PERMS", "/n|" + permissions + '|'));
        assertEquals(write, guest.ask("WRITE", "/n|w"));
        assertEquals(write, guest.ask("RM", "/n|"));
    }

    @Test
    void shouldNotTellWhetherAnUnreadableNodeExists()
    {
        dom0.ok("WRITE", "/secret/there|v");

        assertEquals("EACCES", guest.ask("READ", "/secret/there|"));
        assertEquals("EACCES", guest.ask("READ", "/secret/missing|"));
        assertEquals("EACCES", guest.ask("RM", "/secret/missing|"));
        dom0.ok("SET_PERMS", "/secret|r0|");
        assertEquals("EACCES", guest.ask("READ", "/secret/there|"));
        assertEquals("ENOENT", guest.ask("READ", "/secret/missing|"));
        assertEquals("EACCES", guest.ask("RM", "/secret/missing|"));
        assertEquals("EACCES", guest.ask("WRITE", "/secret/missing|"));
    }

    @Test
    void shouldInheritFromTheParentAndOwnWhatAGuestCreates()
    {
        dom0.ok("WRITE", "/shared|");
        dom0.ok("SET_PERMS", "/shared|b0|r8|");
        guest.ok("WRITE", "/shared/deep/er|1");
        dom0.ok("WRITE", "/local/domain/7/made/by-dom0|1");

        assertEquals("b7|r8|", dom0.ask("GET_PERMS", "/shared/deep|"));
        assertEquals("b7|r8|", dom0.ask("GET_PERMS", "/shared/deep/er|"));
        assertEquals("n7|", dom0.ask("GET_PERMS", "/local/domain/7/made/by-dom0|"));
    }

    @Test
    void shouldRemoveWithWriteOnTheNodeOnly()
    {
        dom0.ok("WRITE", "/parent/child|");
        dom0.ok("SET_PERMS", "/parent/child|n7|");

        guest.ok("RM", "/parent/child|");
        assertEquals("", dom0.ask("DIRECTORY", "/parent|"));
    }

    @Test
    void shouldLetOnlyThePrivilegedChangeTheOwner()
    {
        guest.ok("WRITE", "mine|");

        assertEquals("EPERM", guest.ask("SET_PERMS", "mine|n8|"));
        assertEquals("EPERM", guest.ask("SET_PERMS", "mine|n0|"));
        guest.ok("SET_PERMS", "mine|r7|b8|");
        assertEquals("", other.ask("READ", "/local/domain/7/mine|"));
        dom0.ok("SET_PERMS", "/local/domain/7/mine|n8|");
        assertEquals("EACCES", guest.ask("READ", "mine|"));
    }

    @Test
    void shouldRefuseAnOwnerThatDoesNotExistAndIgnoreOthersThatDoNot()
    {
        dom0.ok("WRITE", "/n|v");

        assertEquals("ENOENT", dom0.ask("SET_PERMS", "/n|n77|"));
        assertEquals("ENOENT", dom0.ask("SET_PERMS", "/n|n32757|"));
        dom0.ok("SET_PERMS", "/n|n0|r77|");
        assertEquals("n0|r77|", dom0.ask("GET_PERMS", "/n|"));
        assertEquals("EACCES", fixture.guest(77).ask("READ", "/n|"));
        dom0.ok("SET_PERMS", "/n|n0|r77|");
        assertEquals("v", new TestClient(
            fixture.store, fixture.store.domains().find(77).connection()).ask("READ", "/n|"));
    }

    @Test
    void shouldNotBelieveAGuestThatADomainExists()
    {
        guest.ok("WRITE", "n|v");
        fixture.existing.add(55);
        guest.ok("SET_PERMS", "n|n7|r55|");

        assertEquals("EACCES", fixture.guest(55).ask("READ", "/local/domain/7/n|"));
    }

    @Test
    void shouldActWithTheRightsOfTheTarget()
    {
        assertEquals("EACCES", other.ask("WRITE", "/local/domain/7/n|v"));
        dom0.ok("SET_TARGET", "8|7|");
        other.ok("WRITE", "/local/domain/7/n|v");
        assertEquals("n8|", dom0.ask("GET_PERMS", "/local/domain/7/n|"));
        dom0.ok("RELEASE", "7|");
        fixture.guestAtHome(7);
        assertEquals("EACCES", other.ask("WRITE", "/local/domain/7/n|v"));
    }

    @Test
    void shouldRequireBothEndsOfATargetToBeIntroduced()
    {
        assertEquals("ENOENT", dom0.ask("SET_TARGET", "8|9|"));
        assertEquals("ENOENT", dom0.ask("SET_TARGET", "9|8|"));
        assertEquals("EACCES", guest.ask("SET_TARGET", "7|8|"));
    }

    @Test
    void shouldTakeADomainOutOfTheStoreWhenItIsReleased()
    {
        guest.ok("WRITE", "data/x|v");
        other.ok("WRITE", "for-seven|v");
        other.ok("SET_PERMS", "for-seven|n8|r7|");
        dom0.ok("WRITE", "/owned/below|v");
        dom0.ok("SET_PERMS", "/owned|n7|");
        dom0.ok("SET_PERMS", "@releaseDomain|n0|r7|r8|");

        dom0.ok("RELEASE", "7|");

        assertEquals("ENOENT", dom0.ask("READ", "/local/domain/7|"));
        assertEquals("ENOENT", dom0.ask("READ", "/owned/below|"));
        assertEquals("n8|", dom0.ask("GET_PERMS", "/local/domain/8/for-seven|"));
        assertEquals("n0|r8|", dom0.ask("GET_PERMS", "@releaseDomain|"));
        assertEquals("EACCES", fixture.guest(7).ask("READ", "/local/domain/8/for-seven|"));
        dom0.ok("CONTROL", "check|");
    }

    @Test
    void shouldKeepTheRootWhenItsOwnerIsReleased()
    {
        dom0.ok("SET_PERMS", "/|r7|");
        dom0.ok("RELEASE", "7|");

        assertEquals("r0|", dom0.ask("GET_PERMS", "/|"));
        dom0.ok("CONTROL", "check|");
    }

    @Test
    void shouldShowTheRightsOfSpecialWatches()
    {
        assertEquals("n0|r32757|", dom0.ask("GET_PERMS", "@releaseDomain|"));
        assertEquals("n0|", dom0.ask("GET_PERMS", "@introduceDomain|"));
        assertEquals("ENOENT", dom0.ask("GET_PERMS", "@nothing|"));
        assertEquals("EACCES", guest.ask("GET_PERMS", "@introduceDomain|"));
        assertEquals("EACCES", guest.ask("SET_PERMS", "@introduceDomain|b7|"));
        assertEquals("EINVAL", dom0.ask("READ", "@releaseDomain|"));
    }
}
