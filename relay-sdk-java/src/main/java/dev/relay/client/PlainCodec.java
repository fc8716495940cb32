package dev.relay.client;

import dev.relay.protocol.Json;
import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The built-in codec: bytes and text as they are; maps, lists, scalars, enums and records as JSON. Stateless. */
final class PlainCodec implements PayloadCodec {
    @Override
    public boolean supports(Class<?> type) {
        return type == byte[].class
                || type == Object.class
                || CharSequence.class.isAssignableFrom(type)
                || isJson(type);
    }

    private static boolean isJson(Class<?> type) {
        return type.isRecord()
                || type.isEnum()
                || type == Boolean.class
                || Number.class.isAssignableFrom(type)
                || (type.isPrimitive() && type != void.class)
                || Map.class.isAssignableFrom(type)
                || Iterable.class.isAssignableFrom(type);
    }

    @Override
    public int content(@Nullable Object value) {
        if (value == null || value instanceof byte[]) {
            return BYTES;
        }
        return value instanceof CharSequence ? TEXT : JSON;
    }

    @Override
    public byte[] encode(@Nullable Object value) {
        if (value == null) {
            return new byte[0];
        }
        if (value instanceof byte[] bytes) {
            return bytes.clone();
        }
        String text = value instanceof CharSequence chars ? chars.toString() : Json.write(plain(value));
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof Record r) {
            return fields(r);
        }
        if (value instanceof Enum<?> e) {
            return e.name();
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, @Nullable Object> out = new LinkedHashMap<>();
            map.forEach((k, v) -> out.put(String.valueOf(k), plain(v)));
            return out;
        }
        if (value instanceof Iterable<?> items) {
            List<@Nullable Object> out = new ArrayList<>();
            items.forEach(v -> out.add(plain(v)));
            return out;
        }
        return value;
    }

    private static Map<String, @Nullable Object> fields(Record value) {
        Map<String, @Nullable Object> out = new LinkedHashMap<>();
        for (RecordComponent component : value.getClass().getRecordComponents()) {
            try {
                var accessor = component.getAccessor();
                accessor.setAccessible(true);
                out.put(component.getName(), plain(accessor.invoke(value)));
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException("cannot read component=" + component, e);
            }
        }
        return out;
    }

    @Override
    public <T> T decode(byte[] payload, int content, Class<T> type) {
        if (type == byte[].class) {
            return type.cast(payload.clone());
        }
        if (CharSequence.class.isAssignableFrom(type)) {
            return type.cast(new String(payload, StandardCharsets.UTF_8));
        }
        @Nullable Object json = payload.length == 0 ? null : Json.parse(payload);
        Object value = convert(json, type);
        if (value == null) {
            throw new IllegalArgumentException("the payload is null, wanted type=" + type.getName());
        }
        @SuppressWarnings("unchecked")
        T cast = (T) value;
        return cast;
    }

    private static @Nullable Object convert(@Nullable Object json, Class<?> type) {
        if (json instanceof Number number && (Number.class.isAssignableFrom(type) || type.isPrimitive())) {
            return number(number, type);
        }
        if (type.isRecord() && json instanceof Map<?, ?> map) {
            return record(map, type);
        }
        if (type.isEnum() && json instanceof String name) {
            return constant(name, type);
        }
        if (json instanceof String text && type == BigDecimal.class) {
            return new BigDecimal(text);
        }
        if (json == null && !type.isPrimitive()) {
            return null;
        }
        if (type.isInstance(json) || (json instanceof Boolean && type == boolean.class)) {
            return json;
        }
        throw new IllegalArgumentException("payload does not fit: wanted type=" + type.getName());
    }

    private static Object constant(String name, Class<?> type) {
        for (Object constant : type.getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(name)) {
                return constant;
            }
        }
        throw new IllegalArgumentException("no such constant: type=" + type.getName() + " name=" + name);
    }

    private static Object number(Number number, Class<?> type) {
        BigDecimal exact = new BigDecimal(number.toString());
        if (type == int.class || type == Integer.class) {
            return exact.intValueExact();
        } else if (type == long.class || type == Long.class) {
            return exact.longValueExact();
        } else if (type == double.class || type == Double.class) {
            return exact.doubleValue();
        }
        return type == BigDecimal.class ? exact : number;
    }

    private static Object record(Map<?, ?> map, Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        @Nullable Object[] values = new @Nullable Object[components.length];
        for (int i = 0; i < components.length; i++) {
            types[i] = components[i].getType();
            values[i] = convert(map.get(components[i].getName()), types[i]);
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("cannot make type=" + type.getName(), e);
        }
    }
}
