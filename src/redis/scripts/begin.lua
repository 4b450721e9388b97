-- KEYS state, stub, context, live, approved, ended, counts
-- The stub ends with sixteen digits, the time when the session began.
-- ARGV locator, state, stub, context or '', ttl, ttl + retention, retention, bound
-- O: begun (or was, by this same call). T: the locator is taken. F + ms: full.
local known = redis.call('GET', KEYS[2])
if known then
  if foreign(known) then return loc .. '!' end
  if string.sub(known, 10, 41) == string.sub(ARGV[3], 10, 41) then return loc .. 'O' end
  return loc .. 'T'
end
local at = now()
trim(KEYS[4], KEYS[5], KEYS[6], KEYS[7], at, ARGV[7])
if count(KEYS[4], at) + count(KEYS[5], at) >= tonumber(ARGV[8]) then
  local first
  for i = 4, 5 do
    local next = redis.call('ZRANGEBYSCORE', KEYS[i], '(' .. whole(at), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if next[2] and not (first and first <= tonumber(next[2])) then first = tonumber(next[2]) end
  end
  return loc .. 'F' .. whole((first or at) - at)
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[5])
redis.call('SET', KEYS[2], string.sub(ARGV[3], 1, -17) .. string.format('%016.0f', at), 'PX', ARGV[6])
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], 'A' .. ARGV[4], 'PX', ARGV[5]) end
redis.call('ZADD', KEYS[4], whole(at + tonumber(ARGV[5])), loc)
redis.call('HINCRBY', KEYS[7], 'i', 1)
keep(KEYS[4], ARGV[6])
keep(KEYS[7], ARGV[6])
return loc .. 'O'
