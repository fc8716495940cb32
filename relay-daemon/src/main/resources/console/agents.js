import { h, number, Table } from './dom.js';

const nameOf = (agent) => `${agent.namespace}/${agent.name}`;
const score = (agent) => (agent.health >= 90 ? 'good' : agent.health >= 50 ? 'warn' : 'bad');
let last = null;

// What each agent acked a second since the last picture.
export function feed(picture, atMs) {
  if (!picture.agents) { last = null; return; }
  for (const agent of picture.agents) {
    const acked = last?.acked.get(nameOf(agent));
    if (acked !== undefined && atMs > last.atMs) agent.rate = Math.round(Math.max(0, (agent.acked - acked) * 10000 / (atMs - last.atMs))) / 10;
  }
  last = { atMs, acked: new Map(picture.agents.map((agent) => [nameOf(agent), agent.acked])) };
}

export function page(root) {
  const agents = new Table('agents', [
    { key: 'name', title: 'agent' },
    { key: 'connected', title: 'session', text: (r) => (r.suspect ? 'silent' : !r.connected ? 'away' : r.paused ? 'paused' : 'on'), look: (r) => (r.suspect ? 'bad' : !r.connected ? 'quiet' : r.paused ? 'warn' : 'good') },
    { key: 'breaker', title: 'breaker', look: (r) => (r.breaker === 'closed' ? 'quiet' : 'bad') },
    { key: 'health', title: 'health', number: true, look: score },
    { key: 'rate', title: 'rate/s', number: true },
    { key: 'lag_ms', title: 'lag ms', number: true },
    { key: 'handler_p99_us', title: 'p99 ms', number: true, text: (r) => (r.handler_p99_us ? number(r.handler_p99_us / 1000) : '–') },
    { key: 'queued', title: 'queued', number: true },
    { key: 'unacked', title: 'unacked', number: true },
    { key: 'dead', title: 'dead', number: true, look: (r) => (r.dead ? 'warn' : '') },
    { key: 'lanes', title: 'lanes', number: true },
    { key: 'client', title: 'client' },
    { key: 'pid', title: 'pid', number: true, text: (r) => (r.pid > 0 ? String(r.pid) : '–') },
  ], { sort: 'queued', key: 'name', id: nameOf, extra: true, hidden: ['paused', 'suspect', 'session', 'epoch', 'uid', 'acked'], empty: 'no agents yet' });
  const lanes = new Table('lanes', [
    { key: 'sender', title: 'sender' }, { key: 'recipient', title: 'recipient' }, { key: 'class', title: 'class' },
    { key: 'queued', title: 'queued', number: true }, { key: 'in_flight', title: 'in flight', number: true },
    { key: 'halted', title: 'halted', text: (r) => (r.halted ? 'halted' : ''), look: (r) => (r.halted ? 'bad' : '') },
    { key: 'overflow', title: 'overflow' }, { key: 'on_dead_letter', title: 'on dead letter' },
  ], { sort: 'queued', id: (r) => [r.sender, r.recipient, r.class].join('\n'), empty: 'nothing waits in any lane' });
  const idle = h('p', { class: 'quiet' });
  root.append(h('h1', null, 'Agents'), h('div', { class: 'row' }, agents.filterField('filter agents')), agents.element, h('h2', null, 'Lanes in which something waits'), lanes.element, idle);
  return {
    show(picture) {
      if (!picture.agents) return;
      agents.show(picture.agents.map((agent) => ({ ...agent.gauges, ...agent }))); // its own gauges as columns
      lanes.show(picture.lanes);
      idle.textContent = `${picture.idle} lanes are empty. ${picture.total > picture.agents.length ? `Only ${picture.agents.length} of ${picture.total} agents are listed.` : ''}`;
    },
  };
}
