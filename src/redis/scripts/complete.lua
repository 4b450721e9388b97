-- KEYS state, stub, grant, context, live, approved, counts
-- ARGV locator, login digest, attempt, proof or '', grant, channel prefix
-- O: completed (or was, by this attempt). U: unknown. E: expired. Otherwise the state's letter.
local m = redis.call('GET', KEYS[2])
if not m then return loc .. 'U' end
if foreign(m) then return loc .. '!' end
if string.sub(m, 26, 41) ~= ARGV[2] then return loc .. 'U' end
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'E' end
if foreign(s) then return loc .. '!' end
local state = string.sub(s, 10, 10)
if state ~= 'P' then
  if (state == 'C' or state == 'R') and string.sub(s, 61, 76) == ARGV[3] then return loc .. 'O' end
  return loc .. state
end
local hand, proof = string.sub(s, 12, 12), string.sub(s, 45, 60)
if hand == 'w' and ARGV[4] ~= '' then hand, proof = 'h', ARGV[4] end
local left = redis.call('PTTL', KEYS[1])
if left < 1 then left = 1 end
redis.call('SET', KEYS[1], string.sub(s, 1, 9) .. 'C' .. string.sub(s, 11, 11) .. hand .. string.sub(s, 13, 44) .. proof
  .. ARGV[3] .. string.sub(s, 77), 'KEEPTTL')
redis.call('SET', KEYS[3], loc .. ARGV[5], 'PX', whole(left))
if redis.call('GETRANGE', KEYS[4], 0, 0) == 'A' then redis.call('DEL', KEYS[4]) end
local due = redis.call('ZSCORE', KEYS[5], loc)
if due then
  redis.call('ZREM', KEYS[5], loc)
  redis.call('ZADD', KEYS[6], due, loc)
  keep(KEYS[6], left)
end
redis.call('HINCRBY', KEYS[7], 'a', 1)
wake(s, ARGV[6])
return loc .. 'O'
