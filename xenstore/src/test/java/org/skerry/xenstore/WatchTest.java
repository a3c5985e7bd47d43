package org.skerry.xenstore;

import java.util.List;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.junit.jupiter.api.Assertions.assertEquals;

class WatchTest
{
    private final TestStore fixture = new TestStore();
    private final TestClient watcher = fixture.socket();
    private final TestClient writer = fixture.socket();

    @BeforeEach
    void populate()
    {
        writer.ok("WRITE", "/w/a/b|1");
    }

    @Test
    void shouldTellOnceAtOnceAfterTheReply()
    {
        watcher.send(0, 4, TestClient.bytes("/not/there|token|"));

        assertEquals(List.of("WATCH OK|", "WATCH_EVENT /not/there|token|"), watcher.messages());
    }

    @Test
    void shouldTellOfEveryKindOfChangeAtAndBelowThePath()
    {
        watcher.watch("/w", "t");
        writer.ok("WRITE", "/w|1");
        writer.ok("WRITE", "/w/a|1");
        writer.ok("WRITE", "/w/new|1");
        writer.ok("SET_PERMS", "/w/a/b|r0|");
        writer.ok("RM", "/w/a/b|");
        writer.ok("MKDIR", "/w/dir|");

        assertEquals(
            List.of("/w|t|", "/w/a|t|", "/w/new|t|", "/w/a/b|t|", "/w/dir|t|"), watcher.events());
        writer.ok("WRITE", "/w/a/b|1");
        assertEquals(List.of("/w/a/b|t|"), watcher.events());
    }

    @Test
    void shouldTellEvenWhenTheValueIsTheSame()
    {
        watcher.watch("/w/a/b", "t");
        writer.ok("WRITE", "/w/a/b|1");

        assertEquals(List.of("/w/a/b|t|"), watcher.events());
    }

    @Test
    void shouldNotTellOfSiblingsOfExistingDirectoriesOfMissingOnesOrOfParents()
    {
        watcher.watch("/w", "t");
        writer.ok("WRITE", "/ww|1");
        writer.ok("MKDIR", "/w/a|");
        writer.ok("RM", "/w/missing|");
        assertEquals(List.of(), watcher.events());

        writer.ok("WRITE", "/w/p/q/r|1");
        assertEquals(List.of("/w/p/q/r|t|"), watcher.events());
    }

    @Test
    void shouldTellWatchersInsideARemovedTreeTheirOwnPath()
    {
        watcher.watch("/w/a/b", "inside");
        watcher.watch("/w/a", "root");
        watcher.watch("/w", "above");
        watcher.watch("/w/a/missing", "missing");
        writer.ok("RM", "/w/a|");

        assertEquals(List.of("/w/a/b|inside|", "/w/a|root|", "/w/a|above|"), watcher.events());
    }

    @Test
    void shouldTellTheOwnChangeBeforeItsReply()
    {
        watcher.watch("/w", "t");
        watcher.messages();
        watcher.send(0, 11, TestClient.bytes("/w/a|2"));

        assertEquals(List.of("WATCH_EVENT /w/a|t|", "WRITE OK|"), watcher.messages());
    }

    @Test
    void shouldAnswerRelativePathsToRelativeWatches()
    {
        final TestClient guest = fixture.guestAtHome(5);
        guest.watch("device", "t");
        writer.ok("WRITE", "/local/domain/5/device/vif/0/state|1");
        guest.ok("WRITE", "device|");

        assertEquals(List.of("device/vif/0/state|t|", "device|t|"), guest.events());
    }

    @Test
    void shouldResolveRelativeWatchesOfSocketsBelowDomainZero()
    {
        watcher.watch("name", "t");
        writer.ok("WRITE", "/local/domain/0/name|Domain-0");
        assertEquals(List.of("name|t|"), watcher.events());
        assertEquals("Domain-0", watcher.ask("READ", "name|"));
    }

    @Test
    void shouldKeepWatchesApartByPathAndToken()
    {
        watcher.watch("/w", "one");
        watcher.watch("/w", "two");
        assertEquals("EEXIST", watcher.ask("WATCH", "/w|one|"));
        assertEquals("ENOENT", watcher.ask("UNWATCH", "/w|three|"));
        assertEquals("ENOENT", watcher.ask("UNWATCH", "/v|one|"));
        watcher.ok("UNWATCH", "/w|one|");
        writer.ok("WRITE", "/w|2");

        assertEquals(List.of("/w|two|"), watcher.events());
        assertEquals(1, fixture.store.watchCount());
    }

    @Test
    void shouldCountLevelsForWatchesWithADepth()
    {
        watcher.ok("WATCH", "/w|zero|0|");
        watcher.ok("WATCH", "/w|one|1|");
        watcher.ok("WATCH", "/|root|1|");
        watcher.events();
        writer.ok("WRITE", "/w|2");
        assertEquals(List.of("/w|zero|", "/w|one|", "/w|root|"), watcher.events());
        writer.ok("WRITE", "/w/a|2");
        assertEquals(List.of("/w/a|one|"), watcher.events());
        writer.ok("WRITE", "/w/a/b|2");
        assertEquals(List.of(), watcher.events());
        assertEquals("EINVAL", watcher.ask("WATCH", "/w|bad|x|"));
        assertEquals("EINVAL", watcher.ask("WATCH", "/w|bad|-1|"));
    }

    @Test
    void shouldRefuseADepthWhereTheFeatureWasTakenAway()
    {
        fixture.existing.add(6);
        writer.ok("SET_FEATURE", "6|2|");
        final TestClient guest = fixture.guestAtHome(6);

        assertEquals("EINVAL", guest.ask("WATCH", "device|t|1|"));
        assertEquals("2|", guest.ask("GET_FEATURE", ""));
    }

    @Test
    void shouldTellOnlyThoseWhoMayReadTheNodeOrItsParent()
    {
        final TestClient guest = fixture.guestAtHome(5);
        guest.watch("/w/a", "t");
        writer.ok("WRITE", "/w/a|2");
        assertEquals(List.of(), guest.events());
        writer.ok("SET_PERMS", "/w/a|n0|r5|");
        assertEquals(List.of("/w/a|t|"), guest.events());
        writer.ok("WRITE", "/w/a/b|2");
        assertEquals(List.of("/w/a/b|t|"), guest.events());
        writer.ok("RM", "/w/a/b|");
        assertEquals(List.of("/w/a/b|t|"), guest.events());
        writer.ok("SET_PERMS", "/w/a|n0|");
        assertEquals(List.of("/w/a|t|"), guest.events());
        writer.ok("WRITE", "/w/a|3");
        assertEquals(List.of(), guest.events());
    }

    @Test
    void shouldTellADomainThatItsReadableNodeWasDeleted()
    {
        final TestClient guest = fixture.guestAtHome(5);
        writer.ok("SET_PERMS", "/w/a/b|n0|r5|");
        guest.watch("/w/a/b", "t");
        writer.ok("RM", "/w|");

        assertEquals(List.of("/w/a/b|t|"), guest.events());
    }

    @Test
    void shouldForgetAllWithResetWatches()
    {
        watcher.watch("/w", "t");
        watcher.watch("@releaseDomain", "t");
        watcher.ok("RESET_WATCHES", "|");
        writer.ok("WRITE", "/w|2");

        assertEquals(List.of(), watcher.events());
        assertEquals(0, fixture.store.watchCount());
    }

    @Test
    void shouldTellOfDomainsThatComeAndGo()
    {
        watcher.watch("@introduceDomain", "in");
        watcher.watch("@releaseDomain", "out");
        watcher.ok("WATCH", "@introduceDomain|deep|1|");
        watcher.ok("WATCH", "@releaseDomain/5|five|");
        watcher.ok("WATCH", "@releaseDomain/6|six|");
        watcher.ok("WATCH", "@releaseDomain|zero|0|");
        watcher.events();
        fixture.guest(5);
        assertEquals(List.of("@introduceDomain|in|", "@introduceDomain/5|deep|"), watcher.events());
        writer.ok("INTRODUCE", "5|0|9|");
        assertEquals(List.of(), watcher.events());
        writer.ok("RELEASE", "5|");
        assertEquals(List.of("@releaseDomain|out|", "@releaseDomain/5|five|"), watcher.events());
    }

    @Test
    void shouldTellGuestsOfSpecialEventsOnlyWhereTheyMayRead()
    {
        final TestClient guest = fixture.guestAtHome(5);
        writer.ok("SET_PERMS", "/|r0|");
        guest.watch("@introduceDomain", "in");
        guest.watch("@releaseDomain", "out");
        fixture.guest(6);
        writer.ok("RELEASE", "6|");
        assertEquals(List.of("@releaseDomain|out|"), guest.events());
        writer.ok("SET_PERMS", "@introduceDomain|n0|r5|");
        assertEquals(List.of("@introduceDomain|in|"), guest.events());
        fixture.guest(6);
        assertEquals(List.of("@introduceDomain|in|"), guest.events());
    }

    @Test
    void shouldTellOfNodesThatGoWithADomain()
    {
        fixture.guestAtHome(5).ok("WRITE", "data/x|1");
        watcher.watch("/local/domain/5/data/x", "x");
        watcher.watch("/local", "all");
        writer.ok("RELEASE", "5|");

        assertEquals(List.of("/local/domain/5/data/x|x|", "/local/domain/5|all|"), watcher.events());
    }

    @Test
    void shouldNotSendAnEventThatFitsNoMessage()
    {
        final String token = "t".repeat(4000);
        watcher.ok("WATCH", "/w|" + token + '|');
        watcher.events();
        writer.ok("WRITE", "/w/" + "n".repeat(100) + "|1");
        assertEquals(List.of(), watcher.events());
        writer.ok("WRITE", "/w/" + "n".repeat(91) + "|1");
        assertEquals(1, watcher.events().size());
    }
}
