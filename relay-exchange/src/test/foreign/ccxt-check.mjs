// Drives a running exchange with ccxt. Usage: node ccxt-check.mjs <port> <apiKey> <secret>
// Prints one line {"check": ..., "ok": true|false, ...} per check; exit code 0 only if all hold.
import ccxt from 'ccxt';

const [port, apiKey, secret] = process.argv.slice(2);
const base = `127.0.0.1:${port}`;
const SYMBOL = 'BTC/USDT';
const DEADLINE_MS = 20_000;
let failed = 0;

function report(check, ok, detail = {}) {
  if (!ok) failed += 1;
  console.log(JSON.stringify({ check, ok, ...detail }));
}

function client() {
  const venue = new ccxt.pro.binance({ apiKey, secret, enableRateLimit: false });
  venue.urls.api.public = `http://${base}/api/v3`;
  venue.urls.api.private = `http://${base}/api/v3`;
  venue.urls.api.ws.spot = `ws://${base}/stream/ws`;
  venue.urls.api.ws['ws-api'].spot = `ws://${base}/ws-api/v3`;
  venue.options.fetchMarkets = { types: ['spot'] };
  venue.options.fetchMargins = false;
  venue.options.fetchCurrencies = false;
  return venue;
}

async function until(what, condition) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Error(`not in time: ${what}`);
  }
}

async function truth(path) {
  return (await fetch(`http://${base}${path}`)).json();
}

async function marketData(venue) {
  const markets = await venue.loadMarkets();
  report('markets', SYMBOL in markets, { count: Object.keys(markets).length });
  const book = await venue.fetchOrderBook(SYMBOL, 50);
  report('fetchOrderBook', book.bids.length === 50 && book.bids[0][0] < book.asks[0][0]);
  const trades = await venue.watchTrades(SYMBOL);
  report('watchTrades', trades.length > 0);
}

/** Streams the book while the flow runs, then stops the flow and compares the streamed book with the exchange's. */
async function streamedBook(venue) {
  let updates = 0;
  let book = await venue.watchOrderBook(SYMBOL, 1000);
  while (updates < 20) {
    book = await venue.watchOrderBook(SYMBOL, 1000);
    updates += 1;
  }
  await truth('/relay/flow?paused=true');
  const own = await truth('/relay/truth/book?symbol=BTCUSDT&limit=20');
  await until('last depth event', async () => {
    if (venue.orderbooks[SYMBOL].nonce >= own.lastUpdateId) return true;
    await venue.watchOrderBook(SYMBOL, 1000);
    return false;
  });
  book = venue.orderbooks[SYMBOL];
  const text = (side) => JSON.stringify(side.slice(0, 20).map(([price, qty]) => [Number(price), Number(qty)]));
  const same = text(book.bids) === text(own.bids) && text(book.asks) === text(own.asks);
  report('streamedBookEqualsTheExchanges', same, { updates, nonce: book.nonce, truth: own.lastUpdateId });
  await truth('/relay/flow?paused=false');
}

function collect(venue) {
  const seen = { orders: [], balances: 0, trades: [] };
  const follow = async (next) => {
    for (;;) {
      try {
        await next();
      } catch (error) {
        if (seen.stopped) return;
        throw error;
      }
    }
  };
  seen.loops = [
    follow(async () => seen.orders.push(...(await venue.watchOrders(SYMBOL)).map((o) => ({ ...o })))),
    follow(async () => seen.trades.push(...(await venue.watchMyTrades(SYMBOL)))),
    follow(async () => {
      await venue.watchBalance();
      seen.balances += 1;
    }),
  ];
  return seen;
}

async function trading(venue) {
  await venue.ensureUserDataStreamWsSubscribeSignature('spot'); // returns when the venue has confirmed
  const seen = collect(venue);
  const before = await venue.fetchBalance();
  const bought = await venue.createOrder(SYMBOL, 'market', 'buy', 0.05);
  report('marketOrderFilled', bought.status === 'closed' && bought.filled === 0.05, { average: bought.average });
  const resting = await venue.createOrder(SYMBOL, 'limit', 'buy', 0.02, 50_000, { newClientOrderId: 'ccxt-rest' });
  report('limitOrderRests', resting.status === 'open');
  const open = await venue.fetchOpenOrders(SYMBOL);
  report('fetchOpenOrders', open.length === 1 && open[0].clientOrderId === 'ccxt-rest');
  const cancelled = await venue.cancelOrder(resting.id, SYMBOL);
  report('cancelOrder', cancelled.status === 'canceled');
  const overSocket = await venue.createOrderWs(SYMBOL, 'limit', 'sell', 0.03, 90_000);
  report('createOrderWs', overSocket.status === 'open');
  const cancelledWs = await venue.cancelOrderWs(overSocket.id, SYMBOL);
  report('cancelOrderWs', cancelledWs.status === 'canceled');
  const after = await venue.fetchBalance();
  report('balanceMoved', after.BTC.total > before.BTC.total && after.USDT.total < before.USDT.total);
  const mine = await venue.fetchMyTrades(SYMBOL);
  const own = await truth(`/relay/truth/account?apiKey=${apiKey}`);
  report('fetchMyTrades', mine.length === own.trades.length && mine.length > 0, { trades: mine.length });
  const nextTurn = () => new Promise((done) => setImmediate(done));
  const streamed = await until('user data events', async () => {
    await nextTurn();
    const ids = new Set(seen.trades.map((t) => t.id));
    const states = new Set(seen.orders.map((o) => `${o.id}:${o.status}`));
    return own.trades.every((t) => ids.has(String(t.tradeId)))
      && states.has(`${resting.id}:canceled`) && states.has(`${bought.id}:closed`) && seen.balances > 0;
  }).catch((error) => String(error));
  report('userDataStreamed', streamed === true, { trades: seen.trades.length, orders: seen.orders.length, balances: seen.balances });
  seen.stopped = true;
  return seen;
}

async function refusals(venue) {
  const refused = await venue.createOrder(SYMBOL, 'limit', 'buy', 5000, 60_000).then(() => null, (error) => error);
  report('insufficientFunds', refused instanceof ccxt.InsufficientFunds, { error: refused?.constructor?.name });
  const wrong = client();
  wrong.secret = 'wrong';
  const unsigned = await wrong.fetchBalance().then(() => null, (error) => error);
  report('wrongSignature', unsigned instanceof ccxt.AuthenticationError, { error: unsigned?.constructor?.name });
  await wrong.close();
}

const venue = client();
await venue.loadHttpProxyAgent(); // ccxt wants its plain-http agent for ws:// addresses
try {
  await marketData(venue);
  await streamedBook(venue);
  const seen = await trading(venue);
  await refusals(venue);
  await venue.close();
  await Promise.allSettled(seen.loops);
} catch (error) {
  report('unexpected', false, { error: String(error?.stack ?? error) });
}
process.exit(failed === 0 ? 0 : 1);
