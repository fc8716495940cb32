-- One balance; an older statement of the venue never replaces a newer one.
-- KEYS: balance hash  ARGV: venue ms, free, locked
local known = tonumber(redis.call('HGET', KEYS[1], 'venue_at_ms') or '0')
if known > tonumber(ARGV[1]) then
  return 'OLD'
end
redis.call('HSET', KEYS[1], 'free', ARGV[2], 'locked', ARGV[3], 'venue_at_ms', ARGV[1])
return 'OK'
