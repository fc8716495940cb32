// What ccxt sees of an account after a session, for comparison with Redis. Usage: node ccxt-agree.mjs <port> <apiKey> <secret> <symbol>
// Prints one JSON line: {"orders": {clientOrderId: [state, filled]}, "position": signed fills less base commission, "fills": count}.
import ccxt from 'ccxt';

const [port, apiKey, secret, symbol] = process.argv.slice(2);
const venue = new ccxt.binance({ apiKey, secret, enableRateLimit: false });
venue.urls.api.public = `http://127.0.0.1:${port}/api/v3`;
venue.urls.api.private = venue.urls.api.public;
venue.options.fetchMarkets = { types: ['spot'] };
venue.options.fetchMargins = false;
venue.options.fetchCurrencies = false;

const orders = {};
for (const order of await venue.fetchOrders(symbol, undefined, 1000)) {
  orders[order.clientOrderId] = [order.info.status, order.info.executedQty];
}
const open = (await venue.fetchOpenOrders(symbol)).map((order) => order.clientOrderId);
const scale = 100_000_000n; // exact: eight decimals as integers
const units = (text) => {
  const [whole, part = ''] = String(text).split('.');
  return BigInt(whole) * scale + BigInt(part.padEnd(8, '0'));
};
let position = 0n;
const trades = await venue.fetchMyTrades(symbol, undefined, 1000);
for (const trade of trades) {
  position += trade.info.isBuyer ? units(trade.info.qty) : -units(trade.info.qty);
  if (trade.info.commissionAsset === symbol.split('/')[0]) position -= units(trade.info.commission);
}
console.log(JSON.stringify({ orders, open, position: position.toString(), fills: trades.length }));
