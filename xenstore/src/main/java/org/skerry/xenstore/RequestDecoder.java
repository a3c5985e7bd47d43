package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.skerry.wire.Domid;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;
import org.skerry.wire.xs.XsOp;

/**
 * Takes the payload of a request apart, with the checks of C's xenstored. What it was given is the caller's to fill as
 * it likes; what comes out holds to the types.
 */
final class RequestDecoder
{
    private final Caller caller;
    private final int pathMax;
    private final boolean hasWatchDepth;

    /**
     * @param caller        whose relative paths they are.
     * @param pathMax       longest path, 0: no limit.
     * @param hasWatchDepth whether the caller was offered the depth of watches.
     */
    RequestDecoder(final Caller caller, final int pathMax, final boolean hasWatchDepth)
    {
        this.caller = caller;
        this.pathMax = pathMax;
        this.hasWatchDepth = hasWatchDepth;
    }

    /**
     * @param op      of the request.
     * @param payload of it.
     * @throws XsException EINVAL when it is not what the operation asks for, ENOSYS when the operation is not for
     *                     clients or is no more.
     */
    XsRequest decode(final XsOp op, final byte[] payload) throws XsException
    {
        return switch (op)
        {
            case READ -> new XsRequest.Read(path(single(payload), false));
            case DIRECTORY -> new XsRequest.Directory(path(single(payload), false));
            case DIRECTORY_PART -> directoryPart(strings(payload));
            case GET_PERMS -> new XsRequest.GetPerms(path(single(payload), true));
            case WRITE -> write(payload);
            case MKDIR -> new XsRequest.Mkdir(path(single(payload), false));
            case RM -> new XsRequest.Rm(path(single(payload), false));
            case SET_PERMS -> setPerms(strings(payload));
            case WATCH -> watch(strings(payload));
            case UNWATCH -> unwatch(strings(payload));
            case RESET_WATCHES -> new XsRequest.ResetWatches();
            case TRANSACTION_START -> new XsRequest.TransactionStart();
            case TRANSACTION_END -> transactionEnd(single(payload));
            case INTRODUCE -> introduce(strings(payload));
            case RELEASE -> new XsRequest.Release(otherDomid(single(payload)));
            case RESUME -> new XsRequest.Resume(otherDomid(single(payload)));
            case SET_TARGET -> setTarget(strings(payload));
            case GET_DOMAIN_PATH -> new XsRequest.GetDomainPath(domid(single(payload)));
            case IS_DOMAIN_INTRODUCED -> new XsRequest.IsDomainIntroduced(domid(single(payload)));
            case GET_FEATURE -> getFeature(strings(payload));
            case SET_FEATURE -> setFeature(strings(payload));
            case GET_QUOTA -> getQuota(strings(payload));
            case SET_QUOTA -> setQuota(strings(payload));
            case CONTROL -> control(strings(payload));
            case WATCH_EVENT, ERROR, RESTRICT -> throw XsException.of(Errno.ENOSYS);
        };
    }

    private XsRequest directoryPart(final List<String> strings) throws XsException
    {
        check(strings.size() == 2);
        return new XsRequest.DirectoryPart(path(strings.get(0), false), leadingNumber(strings.get(1)));
    }

    private XsRequest write(final byte[] payload) throws XsException
    {
        final int nul = indexOfNul(payload, 0);
        check(nul >= 0);
        return new XsRequest.Write(
            path(text(payload, 0, nul), false), Arrays.copyOfRange(payload, nul + 1, payload.length));
    }

    private XsRequest setPerms(final List<String> strings) throws XsException
    {
        check(strings.size() >= 2);
        final List<Permission> entries = new ArrayList<>(strings.size() - 1);

        for (final String string : strings.subList(1, strings.size()))
        {
            final Permission entry = Permission.parse(string);
            check(entry != null);
            entries.add(entry);
        }

        return new XsRequest.SetPerms(path(strings.get(0), true), List.copyOf(entries));
    }

    private XsRequest watch(final List<String> strings) throws XsException
    {
        check(strings.size() == 2 || strings.size() == 3 && hasWatchDepth);
        final int depth = strings.size() == 3 ? Decimal.number(strings.get(2)) : Watch.ANY_DEPTH;
        check(strings.size() == 2 || depth >= 0);
        final String path = strings.get(0);

        return new XsRequest.AddWatch(
            path(path, true), strings.get(1),
            XenstorePath.isRelative(path) ? caller.home().length() + 1 : 0, depth);
    }

    private XsRequest unwatch(final List<String> strings) throws XsException
    {
        check(strings.size() == 2);
        return new XsRequest.Unwatch(path(strings.get(0), true), strings.get(1));
    }

    private static XsRequest transactionEnd(final String text) throws XsException
    {
        check(text.equals("T") || text.equals("F"));
        return new XsRequest.TransactionEnd(text.equals("T"));
    }

    private static XsRequest introduce(final List<String> strings) throws XsException
    {
        check(strings.size() >= 3);
        final int port = Decimal.number(strings.get(2));
        check(port > 0);
        return new XsRequest.Introduce(otherDomid(strings.get(0)), port);
    }

    private static XsRequest setTarget(final List<String> strings) throws XsException
    {
        check(strings.size() >= 2);
        return new XsRequest.SetTarget(domid(strings.get(0)), domid(strings.get(1)));
    }

    private static XsRequest getFeature(final List<String> strings) throws XsException
    {
        check(strings.size() <= 1);
        return new XsRequest.GetFeature(strings.isEmpty() ? -1 : domid(strings.get(0)));
    }

    private static XsRequest setFeature(final List<String> strings) throws XsException
    {
        check(strings.size() == 2);
        final int features = Decimal.number(strings.get(1));
        check(features >= 0);
        return new XsRequest.SetFeature(domid(strings.get(0)), features);
    }

    private static XsRequest getQuota(final List<String> strings) throws XsException
    {
        check(strings.size() <= 2);
        return new XsRequest.GetQuota(
            strings.size() == 2 ? domid(strings.get(0)) : -1, strings.isEmpty() ? null : strings.getLast());
    }

    private static XsRequest setQuota(final List<String> strings) throws XsException
    {
        check(strings.size() == 2 || strings.size() == 3);
        final int value = Decimal.number(strings.getLast());
        check(value >= 0);
        return new XsRequest.SetQuota(
            strings.size() == 3 ? domid(strings.get(0)) : -1, strings.get(strings.size() - 2), value);
    }

    private static XsRequest control(final List<String> strings) throws XsException
    {
        check(!strings.isEmpty());
        return new XsRequest.Control(strings.getFirst(), List.copyOf(strings.subList(1, strings.size())));
    }

    private String path(final String text, final boolean allowSpecial) throws XsException
    {
        final String path = XenstorePath.resolve(caller.home(), text, allowSpecial, pathMax);
        check(path != null);
        return path;
    }

    private static int domid(final String text) throws XsException
    {
        final int domid = Decimal.domid(text);
        check(domid >= 0);
        return domid;
    }

    /** A domid that is neither Domain-0's nor reserved. */
    private static int otherDomid(final String text) throws XsException
    {
        final int domid = domid(text);
        check(domid > 0 && domid < Domid.DOMID_FIRST_RESERVED);
        return domid;
    }

    /** What C's atoi makes of an offset: the digits it begins with. Below zero is beyond every list. */
    private static int leadingNumber(final String text)
    {
        int end = 0;

        while (end < text.length() && text.charAt(end) >= '0' && text.charAt(end) <= '9')
        {
            end++;
        }

        if (end == 0)
        {
            return text.startsWith("-") ? Integer.MAX_VALUE : 0;
        }

        final int number = Decimal.number(text.substring(0, end));
        return number < 0 ? Integer.MAX_VALUE : number;
    }

    /** The payload must hold one NUL, at its end. */
    private static String single(final byte[] payload) throws XsException
    {
        check(payload.length > 0 && indexOfNul(payload, 0) == payload.length - 1);
        return text(payload, 0, payload.length - 1);
    }

    /** Each string that ends in a NUL; what follows the last NUL does not count. */
    private static List<String> strings(final byte[] payload)
    {
        final List<String> strings = new ArrayList<>();
        int start = 0;

        for (int nul = indexOfNul(payload, start); nul >= 0; nul = indexOfNul(payload, start))
        {
            strings.add(text(payload, start, nul));
            start = nul + 1;
        }

        return strings;
    }

    private static String text(final byte[] payload, final int start, final int end)
    {
        return new String(payload, start, end - start, StandardCharsets.ISO_8859_1);
    }

    private static int indexOfNul(final byte[] payload, final int start)
    {
        for (int i = start; i < payload.length; i++)
        {
            if (payload[i] == 0)
            {
                return i;
            }
        }

        return -1;
    }

    private static void check(final boolean isValid) throws XsException
    {
        XsException.check(isValid, Errno.EINVAL);
    }
}
