package io.fenceline.systemtests.transform;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.errors.RetriableException;
import org.apache.kafka.connect.storage.Converter;
import org.jspecify.annotations.Nullable;

/** Writes what it is given as text, unless the file that setting {@code away.while} names is there: then it asks to be tried later. */
public final class AwayConverter implements Converter {

    public static final String AWAY_WHILE = "away.while";

    private @Nullable Path away;

    @Override
    public void configure(Map<String, ?> configs, boolean isKey) {
        away = Path.of(String.valueOf(configs.get(AWAY_WHILE)));
    }

    @Override
    public byte[] fromConnectData(String topic, Schema schema, Object value) {
        if (away != null && Files.exists(away)) {
            throw new RetriableException("the schema registry is away");
        }
        return String.valueOf(value).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public SchemaAndValue toConnectData(String topic, byte[] value) {
        throw new UnsupportedOperationException();
    }
}
