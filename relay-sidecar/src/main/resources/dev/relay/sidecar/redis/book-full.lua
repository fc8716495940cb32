-- Writes one whole book; the only script that may create one.
-- KEYS: bids asks meta top
-- ARGV: epoch, ver, the feed's proof of life (Redis ms), top text, channel, sentinel member,
--       count of meta pairs, bids, asks, then those: meta pairs, score-member pairs
local stored = redis.call('HMGET', KEYS[3], 'epoch', 'ver')
if stored[1] then
  local epoch = tonumber(stored[1])
  if epoch > tonumber(ARGV[1]) then return 'FENCED' end
  if epoch == tonumber(ARGV[1]) and tonumber(stored[2] or 0) >= tonumber(ARGV[2]) then return 'FENCED' end
end
local now = redis.call('TIME')
local alive = math.min(now[1] * 1000 + math.floor(now[2] / 1000), tonumber(ARGV[3]))
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
local at = 10
local pairs_of_meta = tonumber(ARGV[7])
redis.call('HSET', KEYS[3], 'epoch', ARGV[1], 'ver', ARGV[2], 'alive', string.format('%.0f', alive),
  unpack(ARGV, at, at + 2 * pairs_of_meta - 1))
at = at + 2 * pairs_of_meta
for side = 1, 2 do
  local left = tonumber(ARGV[7 + side])
  if left > 0 then
    redis.call('ZADD', KEYS[side], 0, ARGV[6]) -- longer than a listpack entry may be: the set becomes a skiplist and stays one
    while left > 0 do
      local n = math.min(left, 1000)
      redis.call('ZADD', KEYS[side], unpack(ARGV, at, at + 2 * n - 1))
      at = at + 2 * n
      left = left - n
    end
    redis.call('ZREM', KEYS[side], ARGV[6])
  end
end
if ARGV[4] ~= '' then redis.call('SET', KEYS[4], ARGV[4]) else redis.call('DEL', KEYS[4]) end
redis.call('PUBLISH', ARGV[5], ARGV[2])
return 'OK'
