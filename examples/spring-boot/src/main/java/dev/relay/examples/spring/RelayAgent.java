package dev.relay.examples.spring;

import dev.relay.client.Message;
import dev.relay.client.Relay;
import dev.relay.client.RelayBuilder;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.MethodIntrospector;
import org.springframework.core.annotation.AnnotationUtils;

/**
 * The application as an agent. Connects when the application starts, registers every {@link RelayHandler} of its beans, then lets
 * deliveries begin; at the end it drains and closes, before the beans that its handlers use. A daemon that is not there fails the start;
 * one that goes later is waited for by the client. Called by Spring's thread; handlers run on the client's.
 */
public final class RelayAgent implements SmartLifecycle {
    private final RelayProperties properties;
    private final ListableBeanFactory beans;
    private @Nullable Relay relay;

    RelayAgent(RelayProperties properties, ListableBeanFactory beans) {
        this.properties = properties;
        this.beans = beans;
    }

    @Override
    public synchronized void start() {
        if (relay == null) {
            RelayBuilder builder = Relay.builder(properties.name());
            Relay connected = (properties.socket() == null ? builder : builder.socket(properties.socket())).connect();
            for (String name : beans.getBeanDefinitionNames()) {
                Class<?> type = beans.getType(name);
                if (type != null) {
                    handlers(type).forEach((method, kind) -> register(connected, kind, name, method));
                }
            }
            relay = connected.start();
        }
    }

    private static Map<Method, String> handlers(Class<?> type) {
        Map<Method, String> found = new LinkedHashMap<>();
        MethodIntrospector.selectMethods(
                        type, (Method method) -> AnnotationUtils.findAnnotation(method, RelayHandler.class))
                .forEach((method, handler) -> found.put(method, handler.value()));
        return found;
    }

    private void register(Relay connected, String kind, String bean, Method method) {
        method.setAccessible(true);
        connected.onRequest(kind, message -> call(method, beans.getBean(bean), message));
    }

    private static @Nullable Object call(Method method, Object bean, Message message) throws Exception {
        try {
            return method.invoke(bean, message);
        } catch (InvocationTargetException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }

    @Override
    public synchronized void stop() {
        Relay running = relay;
        relay = null;
        if (running != null) {
            running.close();
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return relay != null;
    }

    /** The client while the application runs. */
    public synchronized Relay relay() {
        return Objects.requireNonNull(relay, "the application does not run");
    }
}
