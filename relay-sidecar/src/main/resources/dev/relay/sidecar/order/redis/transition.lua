-- One order transition. Idempotent by event number: whatever Redis has already is left as it is.
-- The first write is one that Redis refuses when memory is full, so that nothing is half done.
-- KEYS: order hash, open set, position hash, event stream, cursor
-- ARGV: event number, client id, 1 when the order is open, ms to keep an ended order, stream length,
--       number of order fields n, then n fields+values, number of event fields m, then m, then position fields+values
local ev = tonumber(ARGV[1])
local cursor = tonumber(redis.call('HGET', KEYS[5], 'event') or '0')
if cursor >= ev then
  return 'DUP'
end
local n = tonumber(ARGV[6])
local at = 7
local known = tonumber(redis.call('HGET', KEYS[1], 'event') or '0')
if known < ev then
  for i = at, at + n - 1, 2 do
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
  if ARGV[3] == '1' then
    redis.call('SADD', KEYS[2], ARGV[2])
  else
    redis.call('SREM', KEYS[2], ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
  end
end
at = at + n
local m = tonumber(ARGV[at])
local add = {'XADD', KEYS[4], 'MAXLEN', '~', ARGV[5], ARGV[1] .. '-0'}
for i = at + 1, at + m do
  add[#add + 1] = ARGV[i]
end
redis.call(unpack(add))
at = at + m + 1
if ARGV[at] then
  local moved = tonumber(redis.call('HGET', KEYS[3], 'event') or '0')
  if moved < ev then
    for i = at, #ARGV, 2 do
      redis.call('HSET', KEYS[3], ARGV[i], ARGV[i + 1])
    end
  end
end
redis.call('HSET', KEYS[5], 'event', ARGV[1])
return 'OK'
