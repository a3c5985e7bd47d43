package org.skerry.xenstore;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.HexFormat;

import org.agrona.concurrent.UnsafeBuffer;
import org.skerry.wire.xs.XenstorePath;

/** All that a store must not lose, as one text that can be compared. */
final class StoreText
{
    private static final int LENGTH_MAX = 1 << 20;

    private StoreText()
    {
    }

    static String of(final Store store)
    {
        final StringBuilder text = new StringBuilder();
        final Tree tree = store.tree();
        node(text, XenstorePath.INTRODUCE_DOMAIN, tree.introduceDomain());
        node(text, XenstorePath.RELEASE_DOMAIN, tree.releaseDomain());
        Tree.walk(XenstorePath.ROOT, tree.root(), (path, node) ->
        {
            node(text, path, node);
            return true;
        });
        tree.accounts().forEach((domid, account) -> text.append(domid).append(" owns ").append(account).append('\n'));

        for (final Quota quota : Quota.values())
        {
            text.append(quota).append(' ').append(store.domains().limitOfNewDomains(quota)).append('\n');
        }

        for (final KnownDomain domain : store.domains().all())
        {
            text.append("domain ").append(domain.domid()).append(' ').append(domain.features());
            Arrays.stream(Quota.values()).forEach(quota -> text.append(' ').append(domain.limit(quota)));
            text.append('\n');

            if (domain.isIntroduced())
            {
                connection(text, domain.connection());
            }
        }

        store.clients().values().forEach(client -> connection(text, client));
        return text.toString();
    }

    private static void node(final StringBuilder text, final String path, final Node node)
    {
        text.append(path).append(' ').append(HexFormat.of().formatHex(node.value())).append(' ')
            .append(node.permissions()).append('\n');
    }

    private static void connection(final StringBuilder text, final XsConnection connection)
    {
        text.append("connection ").append(connection.number()).append(' ').append(connection.caller()).append('\n');
        connection.watches().forEach(watch -> text.append(watch.path()).append(' ').append(watch.token()).append(' ')
            .append(watch.prefixLength()).append(' ').append(watch.depth()).append('\n'));
        connection.transactions().forEach(transaction -> text.append("open ").append(transaction.id()).append('\n'));
        text.append("waits ").append(HexFormat.of().formatHex(waiting(connection))).append('\n');
    }

    private static byte[] waiting(final XsConnection connection)
    {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH_MAX]);
        final RecordWriter out = new RecordWriter(buffer);
        out.over(0, LENGTH_MAX);
        connection.output().writeTo(out);
        final RecordReader in = new RecordReader(buffer);
        in.over(0, out.offset());
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        while (in.hasMore())
        {
            final StateRecord kind = StateRecord.of(in.readByte());
            in.readInt();
            bytes.writeBytes(kind == StateRecord.REPLY ? in.readBytes() :
                OutputQueue.bytes(new OutputQueue.Event(in.readText(), in.readText())));
        }

        return bytes.toByteArray();
    }
}
