-- Trades and best prices of one symbol. Trades have the id EPOCH-NUMBER: it rises, and what is missing in it was left out.
-- KEYS: meta ticker trades
-- ARGV: epoch, trades to keep, count of ticker pairs, then those pairs, then for each trade: id, price, quantity, side, the
--       venue's id, the venue's ms
local stored = redis.call('HGET', KEYS[1], 'epoch')
if stored and tonumber(stored) > tonumber(ARGV[1]) then return 'FENCED' end
local at = 4
local pairs_of_ticker = tonumber(ARGV[3])
if pairs_of_ticker > 0 then
  redis.call('HSET', KEYS[2], unpack(ARGV, at, at + 2 * pairs_of_ticker - 1))
  at = at + 2 * pairs_of_ticker
end
while at <= #ARGV do
  redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[2], ARGV[at], 'p', ARGV[at + 1], 'q', ARGV[at + 2], 'side', ARGV[at + 3],
    'id', ARGV[at + 4], 'ts', ARGV[at + 5])
  at = at + 6
end
return 'OK'
