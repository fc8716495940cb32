import { h, span, Table } from './dom.js';
import { get, quietly } from './api.js';
import { depthPlot } from './chart.js';

export function page(root, argument, { fail, say }) {
  let [venue, symbol] = (argument || '').split('/').map(decodeURIComponent);
  const books = new Table('books', [
    { key: 'symbol', title: 'book', text: (r) => h('a', { href: `#books/${encodeURIComponent(r.venue)}/${encodeURIComponent(r.symbol)}` }, r.symbol) },
    { key: 'venue', title: 'venue' },
    { key: 'status', title: 'status', look: (r) => (r.status === 'LIVE' ? 'good' : 'bad') },
    { key: 'age_ms', title: 'age', number: true, text: (r) => span(r.age_ms) },
    { key: 'bid', title: 'bid', number: true, text: (r) => r.bid || '–' }, { key: 'ask', title: 'ask', number: true, text: (r) => r.ask || '–' }, { key: 'levels', title: 'levels', number: true },
  ], { sort: 'symbol', isDown: false, key: 'symbol', id: (r) => `${r.venue}/${r.symbol}`, empty: 'no books' });
  const title = h('h2', { id: 'book-title' });
  const ladder = h('table', { id: 'ladder' });
  const plot = h('canvas', { id: 'depth', role: 'img', 'aria-label': 'cumulated depth' });
  root.append(h('h1', null, 'Books'), books.element, title, h('div', { class: 'columns' }, h('div', { class: 'scroll' }, ladder), h('div', { class: 'chart' }, plot)));

  async function load(ask) {
    try {
      const answer = await ask('/trading/books');
      if (!answer) { say('Books need the admin token: press Unlock.'); return; }
      if (!answer.ok) throw new Error(answer.message);
      books.show(answer.books);
      if (!symbol && answer.books.length) ({ venue, symbol } = answer.books[0]);
      if (symbol) await book(ask);
    } catch (e) { fail(e); }
  }

  async function book(ask) {
    const answer = await ask(`/trading/book?venue=${encodeURIComponent(venue)}&symbol=${encodeURIComponent(symbol)}&depth=50`);
    if (!answer.ok) {
      title.textContent = `${symbol}: ${answer.code}`;
      title.className = 'bad';
      ladder.replaceChildren();
      return;
    }
    title.className = '';
    title.textContent = `${symbol}  age ${span(answer.age_ms)}  version ${answer.version}`;
    const row = (side, [price, quantity]) => h('tr', null, h('td', { class: 'number' }, side === 'bid' ? quantity : ''), h('td', { class: `number ${side === 'bid' ? 'good' : 'bad'}` }, price), h('td', { class: 'number' }, side === 'ask' ? quantity : ''));
    ladder.replaceChildren(h('thead', null, h('tr', null, h('th', { class: 'number' }, 'bid'), h('th', { class: 'number' }, 'price'), h('th', { class: 'number' }, 'ask'))),
      h('tbody', null, answer.asks.slice(0, 10).reverse().map((l) => row('ask', l)), answer.bids.slice(0, 10).map((l) => row('bid', l))));
    depthPlot(plot, answer.bids, answer.asks);
  }

  load(get);
  const timer = setInterval(() => { if (!document.hidden) load(quietly); }, 1000);
  return { leave: () => clearInterval(timer) };
}
