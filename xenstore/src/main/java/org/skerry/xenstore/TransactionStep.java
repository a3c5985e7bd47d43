package org.skerry.xenstore;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

import org.skerry.wire.Errno;
import org.skerry.wire.xs.XsOp;

/**
 * A request inside of a transaction, and its answer.
 *
 * @param op      as it came.
 * @param payload as it came; not to be written.
 * @param request what it asks for.
 * @param reply   what the transaction saw.
 */
record TransactionStep(XsOp op, byte[] payload, XsRequest.OnTree request, XsReply reply)
{
    private static final int OVERHEAD = 64;

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
                    new TransactionStep(known, payload, request, isRefused ? refusal() : success(request)) : null;
            }
            catch (final XsException | IllegalArgumentException e)
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

    /** @return bytes that it takes, about. */
    int length()
    {
        final int valueLength = request instanceof XsRequest.Write(_, var value) ? value.length : 0;
        return OVERHEAD + payload.length + request.path().length() + valueLength + reply.length();
    }
}
