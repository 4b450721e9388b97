-- Takes an approval back, or denies what is pending.
-- KEYS state, stub, grant, context, live, approved, ended, counts
-- ARGV locator, login digest, attempt, retention, grace, channel prefix
-- O + stub: it was pending. T + length of the stub + : + stub + grant: taken back. X: the grant is not there.
-- Otherwise as for complete.
local m = redis.call('GET', KEYS[2])
if not m then return loc .. 'U' end
if foreign(m) then return loc .. '!' end
if string.sub(m, 26, 41) ~= ARGV[2] then return loc .. 'U' end
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'E' end
if foreign(s) then return loc .. '!' end
local state = string.sub(s, 10, 10)
local mine = state == 'D' and string.sub(s, 61, 76) == ARGV[3]
if state ~= 'P' and state ~= 'C' and not mine then return loc .. state end
local g = redis.call('GET', KEYS[3])
if g and string.sub(g, 1, 8) ~= loc then return loc .. '!' end
if state == 'C' and not g then return loc .. 'X' end
if not mine then
  close(KEYS[1], KEYS[2], string.sub(s, 1, 9) .. 'D' .. string.sub(s, 11, 60) .. ARGV[3] .. string.sub(s, 77), ARGV[4])
  if g then
    if tonumber(ARGV[5]) > 0 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) else redis.call('DEL', KEYS[3]) end
  end
  if redis.call('GETRANGE', KEYS[4], 0, 0) == 'A' then redis.call('DEL', KEYS[4]) end
  redis.call('ZREM', KEYS[5], loc)
  redis.call('ZREM', KEYS[6], loc)
  remember(KEYS[7], now(), ARGV[4])
  redis.call('HINCRBY', KEYS[8], 'd', 1)
  if state == 'C' then redis.call('HINCRBY', KEYS[8], 'w', 1) end
  wake(s, ARGV[6])
end
if g then return loc .. 'T' .. #m .. ':' .. m .. string.sub(g, 9) end
return loc .. 'O' .. m
