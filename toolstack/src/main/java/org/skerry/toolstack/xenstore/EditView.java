package org.skerry.toolstack.xenstore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jline.utils.AttributedString;
import org.jline.utils.AttributedStringBuilder;
import org.jline.utils.AttributedStyle;
import org.skerry.guest.xenstore.XenstoreException;
import org.skerry.wire.Errno;
import org.skerry.wire.xs.XenstorePath;

/** What the editor shows, and what its keys do. */
final class EditView
{
    private static final long MARK_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int DETAIL_LINES = 2;
    private static final int LOOKS = 3;
    private static final int INDENT_MAX = 24;
    private static final int NAME_MIN = 20;
    private static final AttributedStyle FAINT = AttributedStyle.DEFAULT.faint();
    private static final AttributedStyle BAR = AttributedStyle.DEFAULT.inverse();
    private static final AttributedStyle MARK = AttributedStyle.BOLD.foreground(AttributedStyle.YELLOW);
    private static final String KEYS = "arrows move, e edit, a add, d remove, p permissions, u undo, / filter, q quit";

    private final StoreConnection store;
    private final EditTree tree;
    private final EditUndo undo;
    private final String title;
    private EditNode selected;
    private EditPrompt prompt;
    private String message = "";
    private int selectedRow;
    private int top;
    private int page = 1;
    private long lastChangeNs;

    EditView(final StoreConnection store, final String path, final String title)
    {
        this.store = store;
        this.tree = new EditTree(NodeView.of(store, 0), path);
        this.undo = new EditUndo(store);
        this.title = title;
        this.selected = tree.root();
    }

    /** @return whether something is marked as changed, which will not be for long. */
    boolean hasMarks()
    {
        return lastChangeNs != 0 && System.nanoTime() - lastChangeNs < MARK_NS + MARK_NS / 10;
    }

    /** Somebody, maybe the editor itself, has changed nodes. */
    void onChanges(final List<String> paths)
    {
        if (!paths.isEmpty())
        {
            lastChangeNs = System.nanoTime() | 1;
            tree.changed(paths, lastChangeNs);
        }
    }

    /** @return false when that was the last key. */
    boolean onKey(final int key)
    {
        if (prompt != null)
        {
            final EditPrompt typed = prompt;

            if (!typed.onKey(key) && prompt == typed)
            {
                prompt = null;
            }

            return true;
        }

        message = "";

        switch (key)
        {
            case 'q', EditEvent.CTRL_C ->
            {
                return false;
            }
            case EditEvent.UP, 'k' -> move(-1);
            case EditEvent.DOWN, 'j' -> move(1);
            case EditEvent.PAGE_UP -> move(-page);
            case EditEvent.PAGE_DOWN, ' ' -> move(page);
            case EditEvent.HOME, 'g' -> move(-tree.rows().size());
            case EditEvent.END, 'G' -> move(tree.rows().size());
            case EditEvent.RIGHT, 'l' -> right();
            case EditEvent.LEFT, 'h' -> left();
            case EditEvent.ENTER -> toggle();
            case EditEvent.ESCAPE -> tree.filter("");
            case EditEvent.CTRL_L, 'r' -> tree.reload();
            case 'u' -> attempt(() -> message = undo.undo());
            case '/' -> prompt = new EditPrompt("filter: ", tree.filter(), null, this::filter);
            case 'e', 'a', 'p', 'd', EditEvent.DELETE -> ask(key);
            default -> message = "";
        }

        return true;
    }

    private void move(final int rows)
    {
        selectedRow = Math.clamp(selectedRow + (long)rows, 0, tree.rows().size() - 1);
        selected = tree.rows().isEmpty() ? tree.root() : tree.rows().get(selectedRow);
    }

    private void right()
    {
        if (selected.isExpanded && !selected.below().isEmpty())
        {
            move(1);
        }
        else
        {
            tree.expand(selected);
        }
    }

    private void left()
    {
        if (selected.isExpanded && tree.filter().isEmpty())
        {
            tree.collapse(selected);
        }
        else if (tree.parent(selected) != null)
        {
            selected = tree.parent(selected);
        }
    }

    private void toggle()
    {
        if (selected.isExpanded)
        {
            tree.collapse(selected);
        }
        else
        {
            tree.expand(selected);
        }
    }

    private void filter(final String text)
    {
        final List<EditNode> found = tree.filter(text);
        selected = found.isEmpty() ? selected : found.getFirst();
        message = text.isEmpty() ? "" : found.size() + " nodes with \"" + text + "\"; Escape shows all";
    }

    /** Ask for what is needed to change the selected node. */
    private void ask(final int key)
    {
        final String path = selected.path;
        tree.look(selected);

        switch (key)
        {
            case 'e' -> prompt = new EditPrompt("value: ", selected.value == null ? "" : EditText.show(selected.value),
                null, text -> attempt(() -> undo.write(path, EditText.parse(text))));
            case 'a' -> prompt = new EditPrompt("add below " + path + ": ", "", null, name -> askValue(path, name));
            case 'p' -> prompt = new EditPrompt("permissions: ", selected.permissions == null ? "" :
                selected.permissions, null, text -> attempt(() -> undo.permit(path, text)));
            default -> prompt = new EditPrompt("remove " + path + " with all below (y)? ", "", null, text ->
            {
                if ("y".equalsIgnoreCase(text.strip()))
                {
                    attempt(() -> undo.remove(path));
                }
            });
        }
    }

    private void askValue(final String path, final String name)
    {
        final String child = name.startsWith(XenstorePath.ROOT) ? name : XenstorePath.child(path, name);
        prompt = new EditPrompt("value of " + child + ": ", "", null, text -> attempt(() ->
        {
            undo.write(child, EditText.parse(text));
            final EditNode node = tree.reveal(child);
            selected = node == null ? selected : node;
        }));
    }

    private void attempt(final Runnable change)
    {
        try
        {
            change.run();
        }
        catch (final XenstoreException ex)
        {
            message = ex.errno() == Errno.EACCES || ex.errno() == Errno.EPERM ? "the store lets you read only: " +
                ErrnoText.of(ex.errno()) : "refused: " + ErrnoText.of(ex.errno());
        }
    }

    /** @return column of the cursor in the last line, -1 for none. */
    int cursor(final int width)
    {
        return prompt == null ? -1 : prompt.column(width);
    }

    /** @return all lines of a screen. */
    List<AttributedString> lines(final int width, final int height)
    {
        final List<AttributedString> lines = new ArrayList<>(height);
        final int detail = Math.min(DETAIL_LINES * (height / 20), Math.max(0, height - 4));
        page = Math.max(1, height - 2 - (detail > 0 ? detail + 1 : 0));
        settle();
        final List<EditNode> rows = tree.rows();
        lines.add(bar(" xenstore-edit  " + title, tree.filter().isEmpty() ? "" : "filter: " + tree.filter() + ' ',
            width));

        for (int i = top; i < top + page; i++)
        {
            lines.add(i < rows.size() ? row(rows.get(i), width) : AttributedString.EMPTY);
        }
        if (detail > 0)
        {
            final String permissions = selected.permissions == null ? "" : selected.permissions;
            lines.add(bar(" " + selected.path, permissions + ' ', width));
            addDetail(lines, width, detail);
        }
        if (height > 1)
        {
            lines.add(prompt != null ? prompt.line(width) :
                cut(new AttributedString(message.isEmpty() ? KEYS : message,
                    message.isEmpty() ? FAINT : AttributedStyle.BOLD), width));
        }

        return lines.subList(0, Math.min(height, lines.size()));
    }

    /** Find the selected row and the first one, and look at all that will be seen. */
    private void settle()
    {
        for (int i = 0; i < LOOKS; i++)
        {
            final List<EditNode> rows = tree.rows();
            final int row = rows.indexOf(selected);
            selectedRow = row >= 0 ? row : Math.clamp(selectedRow, 0, Math.max(0, rows.size() - 1));
            selected = rows.isEmpty() ? tree.root() : rows.get(selectedRow);
            top = Math.clamp(top, Math.max(0, selectedRow - page + 1), selectedRow);
            top = Math.max(0, Math.min(top, rows.size() - page));
            rows.subList(top, Math.min(rows.size(), top + page)).forEach(tree::look);
            tree.look(selected);

            if (tree.rows() == rows)
            {
                return;
            }
        }
    }

    private AttributedString row(final EditNode node, final int width)
    {
        final boolean isMarked = node.changedNs != 0 && System.nanoTime() - node.changedNs < MARK_NS;
        final boolean isOpen = node.isExpanded || !tree.filter().isEmpty();
        final String permissions = node.permissions == null ? "" : " (" + node.permissions + ")";
        final AttributedStringBuilder line = new AttributedStringBuilder();
        line.style(isMarked ? MARK : AttributedStyle.DEFAULT).append(isMarked ? "*" : " ");
        line.append(" ".repeat(Math.min(INDENT_MAX, 2 * node.depth)));
        line.append(node.below().isEmpty() ? "  " : isOpen ? "▾ " : "▸ ");
        line.append(node.name);

        if (node.value == null)
        {
            line.style(FAINT).append(" (cannot be read)");
        }
        else
        {
            line.style(isMarked ? MARK : FAINT).append(" = ").style(isMarked ? MARK : AttributedStyle.DEFAULT)
                .append('"' + EditText.show(node.value) + '"');
        }

        final int room = width - permissions.length();
        final AttributedStringBuilder row = new AttributedStringBuilder();
        row.append(cut(line.toAttributedString(), room >= NAME_MIN ? room : width));

        if (room >= NAME_MIN)
        {
            row.append(" ".repeat(Math.max(0, room - row.columnLength()))).style(FAINT).append(permissions);
        }

        return node == selected ? new AttributedString(padded(row.toString(), width), BAR) : row.toAttributedString();
    }

    private void addDetail(final List<AttributedString> lines, final int width, final int count)
    {
        AttributedString rest = new AttributedString(selected.value == null ? "" : EditText.show(selected.value));

        for (int i = 0; i < count; i++)
        {
            final boolean isLast = i == count - 1;
            lines.add(isLast ? cut(rest, width) : rest.columnSubSequence(0, width));
            rest = rest.columnSubSequence(width, Integer.MAX_VALUE);
        }
    }

    private static AttributedString bar(final String left, final String right, final int width)
    {
        final String cutLeft = cut(new AttributedString(left), Math.max(0, width - right.length())).toString();
        final int gap = width - new AttributedString(cutLeft).columnLength() - right.length();
        return cut(new AttributedString(cutLeft + " ".repeat(Math.max(0, gap)) + right, BAR), width);
    }

    private static String padded(final String text, final int width)
    {
        return text + " ".repeat(Math.max(0, width - new AttributedString(text).columnLength()));
    }

    /** What is too long ends in an ellipsis. */
    private static AttributedString cut(final AttributedString text, final int width)
    {
        return text.columnLength() <= width ? text : new AttributedStringBuilder()
            .append(text.columnSubSequence(0, Math.max(0, width - 1))).append(width > 0 ? "…" : "")
            .toAttributedString();
    }
}
