import { h, Table } from './dom.js';
import { get, post, quietly } from './api.js';

export function page(root, argument, { fail, say, sure }) {
  const state = h('b', { id: 'kill-state' }, '–');
  const facts = h('p', { class: 'quiet', id: 'limits' });
  const kill = h('button', { type: 'button', id: 'kill', class: 'danger', onclick: () => act('kill', 'Stop all new orders and cancel the open ones?') }, 'Kill switch on');
  const release = h('button', { type: 'button', id: 'release', onclick: () => act('release', 'Let orders be placed again?') }, 'Kill switch off');
  const plain = (key, title, number) => ({ key, title: title || key.replaceAll('_', ' '), number, text: (r) => r[key] ?? '–' });
  const orders = new Table('orders', [plain('symbol'), plain('side'), plain('type'), plain('price', '', true), plain('quantity', '', true), plain('cumulative', 'executed', true), plain('state'), plain('agent'), plain('client_order_id', 'client order id')], { sort: 'symbol', isDown: false, key: 'client_order_id', empty: 'no open orders' });
  const positions = new Table('positions', [plain('symbol'), plain('quantity', '', true), plain('average_cost', '', true), plain('realised_pnl', 'realised profit', true), plain('fills', '', true)], { sort: 'symbol', isDown: false, key: 'symbol', empty: 'no positions' });
  const balances = new Table('balances', [plain('asset'), plain('free', '', true), plain('locked', '', true)], { sort: 'asset', isDown: false, key: 'asset', empty: 'no balances' });
  root.append(h('h1', null, 'Orders'), h('div', { class: 'card' }, h('div', { class: 'row' }, 'Kill switch: ', state, kill, release), facts),
    h('h2', null, 'Open orders'), orders.element, h('h2', null, 'Positions'), positions.element, h('h2', null, 'Balances'), balances.element);

  function limits(l) {
    state.textContent = l.killed ? 'ON, no new orders' : 'off';
    state.className = l.killed ? 'bad' : 'good';
    const budget = Object.entries(l.budget || {}).map(([k, v]) => `${k} ${v}`).join(', ');
    facts.textContent = `account ${l.account}, equity ${l.equity ?? '–'}, open orders ${l.open_orders}, ${l.live ? 'confirmed by the venue' : 'not confirmed by the venue yet'}${l.kill_file ? ', the file KILLED is there' : ''}. Budget left: ${budget || '–'}`;
  }

  async function load(ask) {
    try {
      const answers = await Promise.all(['limits', 'orders', 'positions', 'balances'].map((name) => ask(`/trading/${name}`)));
      if (answers.includes(null)) { say('Orders need the admin token: press Unlock.'); return; }
      const [l, o, p, b] = answers;
      if (l.ok) limits(l); else facts.textContent = l.message || l.result || 'orders are not running';
      for (const [table, answer, name] of [[orders, o, 'orders'], [positions, p, 'positions'], [balances, b, 'balances']]) {
        if (answer.ok) table.show(answer[name]); else throw new Error(answer.message);
      }
    } catch (e) { fail(e); }
  }

  async function act(what, question) {
    if (!await sure(question)) return;
    try {
      const answer = await post(`/trading/${what}`);
      if (!answer.ok) throw new Error(`${answer.code || answer.result}: ${answer.reason || ''}`);
      say(answer.confirmed === false ? 'begun, not confirmed yet' : answer.result);
      await load(get);
    } catch (e) { fail(e); }
  }

  // One question after the other, so that one dialog asks for the token.
  get('/trading/limits').then((l) => { if (l.ok) limits(l); return load(quietly); }).catch(fail);
  const timer = setInterval(() => { if (!document.hidden) load(quietly); }, 1000);
  return { leave: () => clearInterval(timer) };
}
