package org.skerry.toolstack.xenstore;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.zip.CRC32C;

/**
 * Nodes of a store in a file of text that a crash of the machine may cut anywhere. The first line says what it is. Then
 * a line for each change: {@code + PATH PERMISSIONS VALUE} for a node as it is now, {@code - PATH} for one that is no
 * more; the value as {@link ValueText} has it. A line {@code = CHECK} ends what belongs together, with the CRC-32C of
 * all lines since the one before; what no such line follows never was.
 *
 * <p>A file beside it, of the same name with {@code .lock}, is locked by the one host that uses it.
 */
final class JournalFile implements AutoCloseable
{
    private static final String HEADER = "# xenstore journal of Skerry 1";
    private static final String END = "= ";
    private static final Set<PosixFilePermission> MODE = PosixFilePermissions.fromString("rw-------");
    private static final int WORDS = 4;

    private final Path path;
    private final FileChannel lock;
    private FileChannel out;
    private long length;

    private JournalFile(final Path path, final FileChannel lock)
    {
        this.path = path;
        this.lock = lock;
    }

    /**
     * @param path of the file; it need not be there, its directory must.
     * @return the journal, until it is closed nobody else's.
     * @throws IOException with what is wrong in one line.
     */
    static JournalFile open(final Path path) throws IOException
    {
        final FileChannel lock = open(path.resolveSibling(path.getFileName() + ".lock"), StandardOpenOption.CREATE);
        if (!isLocked(lock))
        {
            lock.close();
            throw new IOException("another host uses it");
        }

        return new JournalFile(path, lock);
    }

    private static FileChannel open(final Path path, final StandardOpenOption how) throws IOException
    {
        return FileChannel.open(
            path, Set.of(how, StandardOpenOption.WRITE), PosixFilePermissions.asFileAttribute(MODE));
    }

    private static boolean isLocked(final FileChannel file) throws IOException
    {
        try
        {
            return file.tryLock() != null;
        }
        catch (final OverlappingFileLockException ex)
        {
            return false;                                        // by another one of this process
        }
    }

    /**
     * @param change is given what stands there, in its order: a path, and the node or null for one that is no more.
     * @throws IOException when it cannot be read or is no journal.
     */
    void read(final BiConsumer<String, PastNode> change) throws IOException
    {
        if (!Files.exists(path))
        {
            return;
        }
        try (BufferedReader in = Files.newBufferedReader(path, StandardCharsets.ISO_8859_1))
        {
            if (!HEADER.equals(in.readLine()))
            {
                throw new IOException("it is no xenstore journal; name another file");
            }
            final List<String> group = new ArrayList<>();
            String line = in.readLine();
            while (line != null && (!line.startsWith(END) || line.equals(check(group))))
            {
                if (line.startsWith(END))
                {
                    group.forEach(each -> replay(each, change));
                    group.clear();
                }
                else
                {
                    group.add(line);
                }
                line = in.readLine();
            }
        }
    }

    private static void replay(final String line, final BiConsumer<String, PastNode> change)
    {
        final String[] words = line.split(" ", WORDS);
        change.accept(words[1],
            words[0].equals("+") ? new PastNode(words[2], ValueText.unescape(words[3])) : null);
    }

    /** @return the line for a node, null for one that is no more. */
    static String line(final String path, final PastNode node)
    {
        return node == null ? "- " + path :
            "+ " + path + ' ' + node.permissions() + ' ' + ValueText.escape(node.value());
    }

    private static String check(final List<String> lines)
    {
        final CRC32C crc = new CRC32C();
        lines.forEach(line -> crc.update((line + '\n').getBytes(StandardCharsets.ISO_8859_1)));
        return END + Long.toHexString(crc.getValue());
    }

    /**
     * A file that takes the place of this one when it is {@link #finish finished}; else nothing of it is left, and this
     * one goes on.
     */
    final class Successor implements AutoCloseable
    {
        private final Path path = JournalFile.this.path.resolveSibling(JournalFile.this.path.getFileName() + ".new");
        private final FileChannel channel;
        private boolean isFinished;

        private Successor() throws IOException
        {
            Files.deleteIfExists(path);
            channel = open(path, StandardOpenOption.CREATE_NEW);
        }

        /** Have lines follow that belong together. */
        void append(final List<String> lines) throws IOException
        {
            write(channel, group(lines));
        }

        /** At any moment the file is as it was or as it will be. */
        void finish() throws IOException
        {
            channel.force(false);
            Files.move(path, JournalFile.this.path, StandardCopyOption.ATOMIC_MOVE);
            isFinished = true;
            closeOutput();
            out = channel;
            length = channel.position();
            try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent()))
            {
                directory.force(true);
            }
        }

        @Override
        public void close() throws IOException
        {
            if (!isFinished)
            {
                channel.close();
                Files.deleteIfExists(path);
            }
        }
    }

    /** @return of the same name, with nothing in it yet. */
    Successor successor() throws IOException
    {
        final Successor successor = new Successor();
        try
        {
            write(successor.channel, HEADER + '\n');
        }
        catch (final IOException ex)
        {
            successor.close();
            throw ex;
        }

        return successor;
    }

    /**
     * Have lines on the disk that belong together, behind those that are there.
     *
     * @throws IOException when there is no room, say: the file says what it said before, and this may be tried again.
     */
    void append(final List<String> lines) throws IOException
    {
        out.truncate(length);                                    // of what an earlier attempt left
        write(out, group(lines));
        out.force(false);
        length = out.position();
    }

    private static String group(final List<String> lines)
    {
        return String.join("\n", lines) + (lines.isEmpty() ? "" : "\n") + check(lines) + '\n';
    }

    private static void write(final FileChannel channel, final String text) throws IOException
    {
        final ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        while (bytes.hasRemaining())
        {
            channel.write(bytes);
        }
    }

    /** @return bytes of the file that lines are appended to. */
    long length()
    {
        return length;
    }

    private void closeOutput() throws IOException
    {
        if (out != null)
        {
            out.close();
        }
    }

    @Override
    public void close() throws IOException
    {
        closeOutput();
        lock.close();
    }
}
