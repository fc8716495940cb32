// Drives a running exchange with the npm package "binance". Usage: node binance-check.mjs <port> <apiKey> <secret>
// Prints one line {"check": ..., "ok": true|false, ...} per check; exit code 0 only if all hold.
import { MainClient, WebsocketAPIClient, WebsocketClient } from 'binance';

const [port, apiKey, secret] = process.argv.slice(2);
const base = `127.0.0.1:${port}`;
const SYMBOL = 'ETHUSDT';
const DEADLINE_MS = 20_000;
const quiet = { trace() {}, info() {}, error(...a) { console.log(JSON.stringify({ log: a.map(String) })); } };
const keys = { api_key: apiKey, api_secret: secret, beautify: false, disableTimeSync: true };
let failed = 0;

function report(check, ok, detail = {}) {
  if (!ok) failed += 1;
  console.log(JSON.stringify({ check, ok, ...detail }));
}

/** Polls by turns of the event loop, so that socket events come in between. */
async function until(what, condition) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    if (await condition()) return;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
    await new Promise((done) => setImmediate(done));
  }
}

async function truth(path) {
  return (await fetch(`http://${base}${path}`)).json();
}

/** Keeps a book from depth events and one snapshot by the published procedure; everything stays text. */
class Book {
  constructor() { this.events = []; this.bids = new Map(); this.asks = new Map(); this.id = -1; this.gaps = 0; }

  onEvent(event) {
    this.events.push(event);
    if (this.id >= 0) this.apply(event);
  }

  start(snapshot) {
    for (const [p, q] of snapshot.bids) this.bids.set(String(p), String(q));
    for (const [p, q] of snapshot.asks) this.asks.set(String(p), String(q));
    this.id = snapshot.lastUpdateId;
    for (const event of this.events) this.apply(event);
  }

  apply(event) {
    if (event.u <= this.id) return;
    if (event.U > this.id + 1) this.gaps += 1;
    for (const [p, q] of event.b) Number(q) === 0 ? this.bids.delete(p) : this.bids.set(p, q);
    for (const [p, q] of event.a) Number(q) === 0 ? this.asks.delete(p) : this.asks.set(p, q);
    this.id = event.u;
  }

  top(count) {
    const side = (map, sign) => [...map].map(([p, q]) => [Number(p), Number(q)])
      .sort((a, b) => sign * (a[0] - b[0])).slice(0, count);
    return JSON.stringify([side(this.bids, -1), side(this.asks, 1)]);
  }
}

async function streamedBook(rest) {
  const book = new Book();
  const ws = new WebsocketClient({ ...keys, wsUrl: `ws://${base}` }, quiet);
  ws.on('message', (message) => {
    const event = message.data ?? message;
    if (event.e === 'depthUpdate') book.onEvent(event);
  });
  ws.on('exception', (error) => console.log(JSON.stringify({ exception: String(error?.message ?? error) })));
  ws.subscribe([`${SYMBOL.toLowerCase()}@depth@100ms`], 'main');
  await until('first depth events', () => book.events.length > 3);
  book.start(await rest.getOrderBook({ symbol: SYMBOL, limit: 5000 }));
  await until('more depth events', () => book.events.length > 20);
  await truth('/relay/flow?paused=true');
  const own = await truth(`/relay/truth/book?symbol=${SYMBOL}&limit=50`);
  await until('last depth event', () => book.id >= own.lastUpdateId);
  const numbers = (side) => side.map(([p, q]) => [Number(p), Number(q)]);
  const same = book.top(50) === JSON.stringify([numbers(own.bids), numbers(own.asks)]);
  report('streamedBookEqualsTheExchanges', same && book.gaps === 0, { events: book.events.length, gaps: book.gaps });
  await truth('/relay/flow?paused=false');
  ws.closeAll(true);
}

async function tradeOverRest(rest) {
  const bought = await rest.submitNewOrder({ symbol: SYMBOL, side: 'BUY', type: 'MARKET', quantity: 0.5 });
  report('marketOrderFilled', bought.status === 'FILLED' && bought.fills.length > 0);
  const resting = await rest.submitNewOrder({
    symbol: SYMBOL, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.5, price: 2500,
  });
  report('limitOrderRests', resting.status === 'NEW');
  const cancelled = await rest.cancelOrder({ symbol: SYMBOL, orderId: resting.orderId });
  report('cancelOrder', cancelled.status === 'CANCELED');
  const mine = await rest.getAccountTradeList({ symbol: SYMBOL });
  report('getAccountTradeList', mine.length === bought.fills.length);
  const wrong = new MainClient({ ...keys, api_secret: 'wrong', baseUrl: `http://${base}` });
  const refused = await wrong.getAccountInformation().then(() => null, (error) => error);
  report('wrongSignature', refused?.code === -1022, { code: refused?.code });
}

async function tradeOverSocket() {
  const events = [];
  const api = new WebsocketAPIClient({ ...keys, wsUrl: `ws://${base}`, attachEventListeners: false }, quiet);
  api.getWSClient().on('message', (message) => {
    const event = message.event?.e ? message.event : message;
    if (event.e) events.push(event);
  });
  api.getWSClient().on('exception', (error) => console.log(JSON.stringify({ exception: String(error?.message ?? error) })));
  await api.subscribeUserDataStream('mainWSAPI');
  const sold = await api.submitNewSpotOrder({
    symbol: SYMBOL, side: 'SELL', type: 'MARKET', quantity: '0.25', timestamp: Date.now(),
  });
  report('socketOrderFilled', sold.result.status === 'FILLED');
  const traded = () => events.filter((e) => e.e === 'executionReport' && e.x === 'TRADE' && e.i === sold.result.orderId);
  await until('fills on the user data stream', () => traded().length >= sold.result.fills.length)
    .catch((error) => { throw new Error(`${error.message}; events: ${JSON.stringify(events).slice(0, 600)}`); });
  report('userDataStreamed', traded().some((e) => e.X === 'FILLED')
    && events.some((e) => e.e === 'outboundAccountPosition'), { events: events.length });
  await api.disconnectAll();
}

try {
  const rest = new MainClient({ ...keys, baseUrl: `http://${base}` });
  const book = await rest.getOrderBook({ symbol: SYMBOL, limit: 50 });
  report('getOrderBook', book.bids.length === 50);
  await streamedBook(rest);
  await tradeOverRest(rest);
  await tradeOverSocket();
} catch (error) {
  report('unexpected', false, { error: String(error?.stack ?? error?.message ?? JSON.stringify(error)), detail: JSON.stringify(error) });
}
process.exit(failed === 0 ? 0 : 1);
