-- Moves one published book from version ARGV[2] to ARGV[3].
-- KEYS: bids asks meta top
-- ARGV: epoch, previous ver, ver, the feed's proof of life (Redis ms), top text ('' = leave), channel,
--       count of meta pairs, bids out, bids in, asks out, asks in, then those: meta pairs, members, score-member pairs
local stored = redis.call('HMGET', KEYS[3], 'epoch', 'ver')
if stored[1] and tonumber(stored[1]) > tonumber(ARGV[1]) then return 'FENCED' end
if stored[1] ~= ARGV[1] or stored[2] ~= ARGV[2] then return 'RESYNC' end
local at = 12
local now = redis.call('TIME')
local alive = math.min(now[1] * 1000 + math.floor(now[2] / 1000), tonumber(ARGV[4]))
local pairs_of_meta = tonumber(ARGV[7])
redis.call('HSET', KEYS[3], 'ver', ARGV[3], 'alive', string.format('%.0f', alive), unpack(ARGV, at, at + 2 * pairs_of_meta - 1))
at = at + 2 * pairs_of_meta
local whole = true
for side = 1, 2 do
  local out, into = tonumber(ARGV[6 + 2 * side]), tonumber(ARGV[7 + 2 * side])
  if out > 0 then
    whole = redis.call('ZREM', KEYS[side], unpack(ARGV, at, at + out - 1)) == out and whole
    at = at + out
  end
  if into > 0 then
    whole = redis.call('ZADD', KEYS[side], unpack(ARGV, at, at + 2 * into - 1)) == into and whole
    at = at + 2 * into
  end
end
if not whole then
  redis.call('HSET', KEYS[3], 'status', 'SYNCING')
  return 'RESYNC'
end
if ARGV[5] ~= '' then redis.call('SET', KEYS[4], ARGV[5]) end
redis.call('PUBLISH', ARGV[6], ARGV[3])
return 'OK'
