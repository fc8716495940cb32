-- Renews the liveness key and every book's proof of life; answers the positions of books that are not as last written.
-- KEYS: alive key, then meta keys.  ARGV: epoch, key lifetime ms, life age ms, then the ver of each book
local now = redis.call('TIME')
local alive = string.format('%.0f', now[1] * 1000 + math.floor(now[2] / 1000) - ARGV[3])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
local strange = {}
for i = 2, #KEYS do
  local stored = redis.call('HMGET', KEYS[i], 'epoch', 'ver')
  if stored[1] == ARGV[1] and stored[2] == ARGV[i + 2] then
    redis.call('HSET', KEYS[i], 'alive', alive)
  elseif stored[1] and tonumber(stored[1]) > tonumber(ARGV[1]) then
    return 'FENCED'
  else
    strange[#strange + 1] = i - 2
  end
end
return strange
