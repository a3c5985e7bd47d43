package org.skerry.tests.hostile;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import javax.xml.parsers.DocumentBuilderFactory;

import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The messages of {@code hypercall.xml} as the schema has them, so that a message that is added is attacked without
 * anybody thinking of it.
 */
final class SchemaMessages
{
    /** Messages from this number on are slots of the hypercall ring. */
    static final int FIRST_HYPERCALL = 66;

    private static final Path SCHEMA = Path.of("../wire-schema/src/main/sbe/hypercall.xml");
    private static final Map<String, Integer> SIZES = Map.of(
        "uint8", 1, "int8", 1, "uint16", 2, "int16", 2, "uint32", 4, "int32", 4, "uint64", 8, "int64", 8);

    private SchemaMessages()
    {
    }

    static List<Message> read() throws Exception
    {
        final NodeList elements = DocumentBuilderFactory.newInstance().newDocumentBuilder()
            .parse(SCHEMA.toFile()).getElementsByTagName("sbe:message");
        final List<Message> messages = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++)
        {
            messages.add(message((Element)elements.item(i)));
        }

        return messages;
    }

    private static Message message(final Element element)
    {
        final List<Field> fields = new ArrayList<>();
        final NodeList children = element.getElementsByTagName("field");
        int end = 0;
        for (int i = 0; i < children.getLength(); i++)
        {
            final Element field = (Element)children.item(i);
            final String offset = field.getAttribute("offset");
            final int at = offset.isEmpty() ? end : Integer.parseInt(offset);
            final int size = SIZES.get(field.getAttribute("type"));
            fields.add(new Field(field.getAttribute("name"), at, size));
            end = at + size;
        }
        final String blockLength = element.getAttribute("blockLength");

        return new Message(
            element.getAttribute("name"), Integer.parseInt(element.getAttribute("id")),
            blockLength.isEmpty() ? end : Integer.parseInt(blockLength), List.copyOf(fields),
            element.getElementsByTagName("data").getLength());
    }

    /**
     * @param blockLength bytes of the fields.
     * @param texts       that follow the fields.
     */
    record Message(String name, int id, int blockLength, List<Field> fields, int texts)
    {
    }

    /**
     * @param offset in the block.
     * @param size   bytes.
     */
    record Field(String name, int offset, int size)
    {
    }
}
