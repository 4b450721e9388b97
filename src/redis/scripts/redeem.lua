-- KEYS state, stub, grant, approved, ended, counts
-- ARGV locator, polling digest, attempt, retention, grace, 1 if any attempt may repeat, channel prefix
-- G + length of the stub + : + stub + grant. Otherwise the state's letter; X: the grant is not there.
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'E' end
if foreign(s) then return loc .. '!' end
if string.sub(s, 13, 28) ~= ARGV[2] then return loc .. 'U' end
local state = string.sub(s, 10, 10)
local mine = string.sub(s, 77, 92) == ARGV[3] or ARGV[6] == '1'
if state ~= 'C' and not (state == 'R' and mine) then return loc .. state end
local g = redis.call('GET', KEYS[3])
if not g then return loc .. (state == 'C' and 'X' or state) end
if string.sub(g, 1, 8) ~= loc then return loc .. '!' end
local m = redis.call('GET', KEYS[2]) or ''
if state == 'C' then
  close(KEYS[1], KEYS[2], string.sub(s, 1, 9) .. 'R' .. string.sub(s, 11, 76) .. ARGV[3] .. string.sub(s, 93), ARGV[4])
  if tonumber(ARGV[5]) > 0 then redis.call('PEXPIRE', KEYS[3], ARGV[5]) else redis.call('DEL', KEYS[3]) end
  redis.call('ZREM', KEYS[4], loc)
  remember(KEYS[5], now(), ARGV[4])
  redis.call('HINCRBY', KEYS[6], 'r', 1)
  -- Those who wait without the proof.
  if string.sub(s, 12, 12) == 'h' then wake(s, ARGV[7]) end
end
return loc .. 'G' .. #m .. ':' .. m .. string.sub(g, 9)
