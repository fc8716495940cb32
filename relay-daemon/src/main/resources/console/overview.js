import { h, number, span } from './dom.js';
import { Chart } from './chart.js';

const charts = {
  rate: new Chart('chart-rate', 'Messages a second', ['accepted', 'acked', 'refused']),
  queue: new Chart('chart-queue', 'Waiting', ['queued', 'unacked', 'spilled']),
  store: new Chart('chart-store', 'Store, a second', ['commits', 'safe by ack', 'safe by disk']),
  sessions: new Chart('chart-sessions', 'Sessions', ['sessions']),
};
let last = null;

// Charts go on while another page is shown.
export function feed(picture, atMs) {
  const status = picture.status;
  if (!status) { Object.values(charts).forEach((chart) => chart.add(chart.names.map(() => null))); return; }
  const rate = (name) => (last && last.boot === status.boot_no && atMs > last.atMs ? Math.max(0, (status.counters[name] - last.counters[name]) * 1000 / (atMs - last.atMs)) : null);
  charts.rate.add([rate('accepted'), rate('acked'), rate('refused')]);
  charts.queue.add([status.queued, status.unacked, status.spilled]);
  charts.store.add([rate('commits'), rate('safe_by_ack'), rate('safe_by_disk')]);
  charts.sessions.add([status.sessions]);
  last = { atMs, boot: status.boot_no, counters: status.counters };
}

export function page(root) {
  const tiles = h('div', { class: 'tiles', id: 'tiles' });
  const reasons = h('div', { id: 'reasons' });
  const lists = h('div', { class: 'charts' });
  root.append(h('h1', null, 'Overview'), tiles, reasons, h('div', { class: 'charts' }, Object.values(charts).map((c) => c.element)), lists);
  Object.values(charts).forEach((chart) => chart.draw());
  return {
    show(picture) {
      const s = picture.status;
      const health = picture.health;
      reasons.replaceChildren(...(health.deductions.length ? [h('h2', null, 'What is wrong'), h('ul', null, health.deductions.map((d) => h('li', { class: d.points >= 30 ? 'bad' : 'warn' }, `−${d.points} ${d.name}: ${d.detail}`)))] : []));
      if (!s) return;
      const tile = (name, value, look) => h('div', { class: 'tile' }, h('b', { class: look }, value), h('span', null, name));
      tiles.replaceChildren(
        tile('health', health.score, health.score >= 90 ? 'good' : health.score >= 50 ? 'warn' : 'bad'),
        tile('store', s.store.toLowerCase(), s.store === 'READY' ? 'good' : 'bad'), tile('up', span(s.uptime_ms)), tile('sessions', number(s.sessions)),
        tile('lanes', number(s.lanes)), tile('queued', number(s.queued)), tile('unacked', number(s.unacked)),
        tile('dead letters', number(s.dead_letters), s.dead_letters ? 'warn' : undefined), tile('version', s.version), tile('boot', number(s.boot_no)));
      const table = (title, map) => h('div', { class: 'card' }, h('strong', null, title), h('table', null, Object.entries(map).map(([k, v]) => h('tr', null, h('td', null, k), h('td', { class: 'number' }, number(v))))));
      lists.replaceChildren(table('Refused, by code', s.refused), table('Died, by reason', s.dead_by_reason));
    },
  };
}
