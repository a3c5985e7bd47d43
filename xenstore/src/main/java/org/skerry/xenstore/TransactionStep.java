package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * A request inside of a transaction, and its answer.
 *
 * @param request what it asks for.
 * @param reply   what the transaction saw.
 */
record TransactionStep(XsRequest.OnTree request, XsReply reply)
{
    private static final int OVERHEAD = 64;
    private static final byte[] NOTHING = {};

    /**
     * A step as the records of an earlier process say it was.
     *
     * @param op        its number.
     * @param isRefused whether the answer is the name of an error.
     */
    record Saved(int op, byte[] payload, boolean isRefused, byte[] reply)
    {
        /**
         * @param caller who asked.
         * @return the step, null when this version of the store does not understand it.
         */
        TransactionStep read(final Caller caller)
        {
            final XsOp known = XsOp.ofNumber(op);

            try
            {
                return known != null && new RequestDecoder(caller, 0, true).decode(known, payload) instanceof
                    final XsRequest.OnTree request ?
                    new TransactionStep(request, isRefused ? refusal() : success(request)) : null;
            }
            catch (final XsException | IllegalArgumentException | IndexOutOfBoundsException e)
            {
                return null;
            }
        }

        private XsReply refusal()
        {
            return new XsReply.Failure(
                Errno.valueOf(new String(reply, 0, reply.length - 1, StandardCharsets.ISO_8859_1)));
        }

        private XsReply success(final XsRequest.OnTree request)
        {
            if (request instanceof XsRequest.DirectoryPart)
            {
                int end = 0;

                while (reply[end] != 0)
                {
                    end++;
                }

                return new XsReply.Part(
                    Long.parseLong(new String(reply, 0, end, StandardCharsets.ISO_8859_1)),
                    Arrays.copyOfRange(reply, end + 1, reply.length));
            }

            final XsReply.Payload read = new XsReply.Payload(reply);
            return XsReply.OK.isSameObservation(read) ? XsReply.OK : read;
        }
    }

    /** @return the operation that was asked for. */
    XsOp op()
    {
        return switch (request)
        {
            case XsRequest.Read _ -> XsOp.READ;
            case XsRequest.Directory _ -> XsOp.DIRECTORY;
            case XsRequest.DirectoryPart _ -> XsOp.DIRECTORY_PART;
            case XsRequest.GetPerms _ -> XsOp.GET_PERMS;
            case XsRequest.Write _ -> XsOp.WRITE;
            case XsRequest.Mkdir _ -> XsOp.MKDIR;
            case XsRequest.Rm _ -> XsOp.RM;
            case XsRequest.SetPerms _ -> XsOp.SET_PERMS;
        };
    }

    /** @return the payload of such a request, with its path from the root. */
    byte[] payload()
    {
        final byte[] path = (request.path() + '\0').getBytes(StandardCharsets.ISO_8859_1);
        final byte[] rest = switch (request)
        {
            case XsRequest.Write(_, var value) -> value;
            case XsRequest.DirectoryPart(_, var offset) ->
                (offset + "\0").getBytes(StandardCharsets.ISO_8859_1);
            case XsRequest.SetPerms(_, var entries) -> new Permissions(entries).encode();
            case XsRequest.Reading _, XsRequest.Writing _ -> NOTHING;
        };
        final byte[] payload = Arrays.copyOf(path, path.length + rest.length);
        System.arraycopy(rest, 0, payload, path.length, rest.length);
        return payload;
    }

    /** @return bytes that it takes, about. */
    int length()
    {
        final int valueLength = request instanceof XsRequest.Write(_, var value) ? value.length : 0;
        return OVERHEAD + request.path().length() + valueLength + reply.length();
    }
}
