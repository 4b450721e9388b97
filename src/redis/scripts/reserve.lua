-- A place on the account of a tenant or of a source. KEYS account · ARGV locator, ttl, bound or ''
-- O: it has it. F + ms: there is none until then.
local at = now()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', whole(at))
if redis.call('ZSCORE', KEYS[1], loc) then return loc .. 'O' end
if ARGV[3] ~= '' and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return loc .. 'F' .. whole(tonumber(first[2] or at) - at)
end
redis.call('ZADD', KEYS[1], whole(at + tonumber(ARGV[2])), loc)
keep(KEYS[1], ARGV[2])
return loc .. 'O'
