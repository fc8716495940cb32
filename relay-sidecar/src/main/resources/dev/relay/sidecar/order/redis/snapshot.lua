-- One hash of a full republish, unless what is there is of the same event or newer.
-- KEYS: hash, open set
-- ARGV: event number, member for the open set or '', ms to keep or '0', then fields+values
local known = tonumber(redis.call('HGET', KEYS[1], 'event') or '0')
if known >= tonumber(ARGV[1]) then
  return 'DUP'
end
for i = 4, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
if ARGV[2] ~= '' then
  redis.call('SADD', KEYS[2], ARGV[2])
end
if ARGV[3] ~= '0' then
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 'OK'
