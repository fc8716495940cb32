-- Renews the liveness key and every book's proof of life; answers Redis' time (ms) and the positions of books that are not
-- as last written. A renewal that waited longer than the key lives is not done: LATE.
-- KEYS: alive key, then meta keys.
-- ARGV: epoch, key lifetime ms, sent at (Redis ms), the feed's proof of life (Redis ms), then the ver of each book
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local holder = redis.call('GET', KEYS[1])
if holder and tonumber(holder) > tonumber(ARGV[1]) then return 'FENCED' end
local left = tonumber(ARGV[2]) - math.max(0, now - ARGV[3])
if left <= 0 then return 'LATE' end
redis.call('SET', KEYS[1], ARGV[1], 'PX', string.format('%.0f', left))
local alive = string.format('%.0f', math.min(now, tonumber(ARGV[4])))
local answer = { now }
for i = 2, #KEYS do
  local stored = redis.call('HMGET', KEYS[i], 'epoch', 'ver')
  if stored[1] == ARGV[1] and stored[2] == ARGV[i + 3] then
    redis.call('HSET', KEYS[i], 'alive', alive)
  elseif stored[1] and tonumber(stored[1]) > tonumber(ARGV[1]) then
    return 'FENCED'
  else
    answer[#answer + 1] = i - 2
  end
end
return answer
