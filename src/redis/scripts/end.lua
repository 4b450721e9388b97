-- Denies (by the login digest) or cancels (by the polling digest).
-- KEYS state, stub, context, live, ended, counts
-- ARGV locator, first byte of the digest in the stub, digest, letter, attempt, retention, channel prefix, count
local m = redis.call('GET', KEYS[2])
if not m then return loc .. 'U' end
if foreign(m) then return loc .. '!' end
local from = tonumber(ARGV[2])
if string.sub(m, from, from + 15) ~= ARGV[3] then return loc .. 'U' end
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'E' end
if foreign(s) then return loc .. '!' end
local state = string.sub(s, 10, 10)
if state ~= 'P' then
  if state == ARGV[4] and string.sub(s, 61, 76) == ARGV[5] then return loc .. 'O' .. m end
  return loc .. state
end
close(KEYS[1], KEYS[2], string.sub(s, 1, 9) .. ARGV[4] .. string.sub(s, 11, 60) .. ARGV[5] .. string.sub(s, 77), ARGV[6])
if redis.call('GETRANGE', KEYS[3], 0, 0) == 'A' then redis.call('DEL', KEYS[3]) end
redis.call('ZREM', KEYS[4], loc)
remember(KEYS[5], now(), ARGV[6])
redis.call('HINCRBY', KEYS[6], ARGV[8], 1)
wake(s, ARGV[7])
return loc .. 'O' .. m
