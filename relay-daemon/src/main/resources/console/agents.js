import { h, Table } from './dom.js';

export function page(root) {
  const agents = new Table('agents', [
    { key: 'name', title: 'agent' },
    { key: 'connected', title: 'session', text: (r) => (r.suspect ? 'silent' : !r.connected ? 'away' : r.paused ? 'paused' : 'on'), look: (r) => (r.suspect ? 'bad' : !r.connected ? 'quiet' : r.paused ? 'warn' : 'good') },
    { key: 'breaker', title: 'breaker', look: (r) => (r.breaker === 'closed' ? 'quiet' : 'bad') },
    { key: 'queued', title: 'queued', number: true },
    { key: 'unacked', title: 'unacked', number: true },
    { key: 'dead', title: 'dead', number: true, look: (r) => (r.dead ? 'warn' : '') },
    { key: 'lanes', title: 'lanes', number: true },
    { key: 'client', title: 'client' },
    { key: 'pid', title: 'pid', number: true, text: (r) => (r.pid > 0 ? String(r.pid) : '–') },
  ], { sort: 'queued', key: 'name', id: (r) => `${r.namespace}/${r.name}`, extra: true, hidden: ['paused', 'suspect', 'session', 'epoch', 'uid'], empty: 'no agents yet' });
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
