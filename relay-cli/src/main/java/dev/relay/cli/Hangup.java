package dev.relay.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP: read the configuration again. Log levels first, then what the command reloads. By reflection, because the class of signals is no
 * part of the Java platform; on a platform without it the signal does what it always does.
 */
final class Hangup {
    private static final Logger LOG = LoggerFactory.getLogger(Hangup.class);

    /** Called once, before the process says that it is ready. */
    static void on(Runnable reload) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy = Proxy.newProxyInstance(
                    handler.getClassLoader(),
                    new Class<?>[] {handler},
                    (self, method, arguments) -> handle(self, method, arguments, reload));
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
        } catch (ClassNotFoundException
                | NoSuchMethodException
                | InstantiationException
                | IllegalAccessException
                | InvocationTargetException e) {
            LOG.warn("reload_not_available error={}", e.toString());
        }
    }

    private static Object handle(Object self, Method method, Object[] arguments, Runnable reload) {
        return switch (method.getName()) {
            case "handle" -> {
                LogSettings.reload();
                reload.run();
                yield 0;
            }
            case "equals" -> self == arguments[0];
            case "hashCode" -> System.identityHashCode(self);
            default -> "Hangup";
        };
    }

    private Hangup() {}
}
