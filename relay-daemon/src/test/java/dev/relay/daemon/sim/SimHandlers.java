package dev.relay.daemon.sim;

import dev.relay.client.internal.Draft;
import dev.relay.client.internal.Inbound;
import dev.relay.client.internal.StreamKey;
import dev.relay.daemon.sim.Call.Run;
import dev.relay.protocol.Flags;
import dev.relay.protocol.Frames;
import dev.relay.protocol.HeaderBlock;
import dev.relay.protocol.HeaderKey;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The handlers of one process: they take their time, send, ask, answer, fail, ack by hand, or kill their process. What a message is (poison, killer)
 * follows from its number, so that every attempt meets the same message.
 */
final class SimHandlers {
    private static final byte[] WHY = {'w', 'h', 'y'};

    private final SimProcess process;
    private final World world;
    private final History history;
    private final Plan plan;
    private final Map<Call, Runnable> awaited = new HashMap<>();
    private int running;

    SimHandlers(SimProcess process) {
        this.process = process;
        this.world = process.agent.world;
        this.history = process.agent.history;
        this.plan = process.agent.plan;
    }

    void died() {
        running = 0;
        awaited.clear();
    }

    void startAll() {
        Inbound next;
        while (process.isAlive() && running < plan.handlers() && (next = process.session.startNext()) != null) {
            running++;
            start(next);
        }
    }

    private void start(Inbound m) {
        Run run = history.started(process, m);
        if (run == null) {
            return;
        }
        process.agent.late.started(process, m, run);
        long ns = world.chance(0.02) ? world.between(50_000_000, 400_000_000) : world.between(10_000, 3_000_000);
        if (world.chance(plan.ask()) && run.call.cause == null) {
            ask(m, run, ns);
        } else {
            process.afterNs(ns, () -> finish(m, run));
        }
    }

    /** A handler that waits for the answer of another agent before it goes on. */
    private void ask(Inbound m, Run run, long ns) {
        String to = process.agent.randomPeer();
        Call question = process.agent.traffic.ask(process, to, run);
        if (question == null) {
            process.afterNs(ns, () -> finish(m, run));
            return;
        }
        awaited.put(question, () -> finish(m, run));
        process.afterNs(world.between(300_000_000, 900_000_000), () -> {
            if (awaited.containsKey(question)) {
                history.count("request_timeouts");
                replied(question);
            }
        });
    }

    void replied(Call request) {
        Runnable then = awaited.remove(request);
        if (then != null) {
            process.afterNs(0, then);
        }
    }

    private void finish(Inbound m, Run run) {
        running--;
        SplittableRandom nature = new SplittableRandom(run.call.uid * 77 + 5);
        if (nature.nextDouble() < plan.crashing()) {
            history.count("killed_by_message");
            process.agent.die(process);
        } else if (process.agent.late.mustFail(process, run)) {
            fail(m, run, Frames.NACK_ERROR);
        } else if (nature.nextDouble() < plan.poison()) {
            fail(m, run, nature.nextDouble() < 0.3 ? Frames.NACK_TIMEOUT : Frames.NACK_ERROR);
        } else if (process.agent.mayFail() && world.chance(plan.failure())) {
            double kind = world.random.nextDouble();
            fail(m, run, kind < 0.1 ? Frames.NACK_REFUSED : kind < 0.15 ? Frames.NACK_NO_HANDLER : Frames.NACK_ERROR);
        } else {
            succeed(m, run);
        }
    }

    private void fail(Inbound m, Run run, int nackClass) {
        if (m.isRequest() && world.chance(0.5)) {
            forward(run);
            answer(m, run, error());
            succeeded(m, run, true);
            return;
        }
        history.failed(process, m, run);
        process.session.failed(m, nackClass, world.chance(0.1) ? (int) world.between(1, 9_000) : 0, WHY);
    }

    private static byte[] error() {
        return new HeaderBlock.Builder().put(HeaderKey.ERROR_TEXT, WHY).build();
    }

    private void succeed(Inbound m, Run run) {
        forward(run);
        if (m.isRequest() && world.chance(0.9)) {
            answer(m, run, HeaderBlock.EMPTY);
        }
        boolean isManual = !m.isRequest() && world.chance(plan.manual());
        succeeded(m, run, !isManual);
        if (isManual) {
            process.afterNs(world.between(10_000, 50_000_000), () -> ackByHand(m, run));
        }
    }

    private void succeeded(Inbound m, Run run, boolean acked) {
        if (acked) {
            history.finished(process, m, run);
        }
        process.session.returned(m, acked);
    }

    private void ackByHand(Inbound m, Run run) {
        history.count("acks_by_hand");
        history.finished(process, m, run);
        process.session.ack(m);
    }

    private void forward(Run run) {
        if (run.call.cause == null && run.call.answers == null && world.chance(plan.forward())) {
            int n = world.random.nextInt(1, 3);
            for (int i = 0; i < n; i++) {
                process.agent.traffic.sendAny(process, run);
            }
        }
    }

    private void answer(Inbound request, Run run, byte[] block) {
        StreamKey key = StreamKey.reply(request.sender());
        Call c = history.send(process.agent.name, process.incarnation, key, null, Flags.REPLY, 0, run, run.call);
        process.respond(request, c, new Draft(key, "answer", 0, 0, 0, 0, block, Payload.of(c.uid), c));
    }
}
