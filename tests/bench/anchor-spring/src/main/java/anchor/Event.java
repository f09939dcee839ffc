package anchor;

import org.bson.Document;

/** An event as it waits for Kafka: in a collection of its own, or in the document of its record. */
public record Event(String id, String type, String subject, long sequence, String time, Document data) {}
