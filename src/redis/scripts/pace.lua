-- Notes a poll of a pending session and judges it, as `judge` does.
-- KEYS state, note
-- ARGV locator, interval, step, most strikes, again, tick (times in ms), polling digest, binding, proof or '', attempt
-- N: no state. S + 0 or 1 (too soon) + ms + : + state.
-- The note is one entry: "strikes:hasty:attempt", scored by its time. What is sent again is told what it was told.
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'N' end
if foreign(s) then return loc .. '!' end
if not waits(s, ARGV[9]) or string.sub(s, 13, 28) ~= ARGV[7]
  or (string.sub(s, 11, 11) == 'b' and string.sub(s, 29, 44) ~= ARGV[8]) then return loc .. 'S00:' .. s end
local at, tick = now(), tonumber(ARGV[6])
local note = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local strikes, hasty, attempt, since = 0, '0', nil, nil
if note[1] then
  strikes, hasty, attempt = string.match(note[1], '^(%d+):([01]):(.*)$')
  if not strikes then return loc .. '!' end
  strikes = tonumber(strikes)
  since = math.max(0, math.floor((at - tonumber(note[2])) / tick) * tick)
end
local function asked(n) return tonumber(ARGV[2]) + tonumber(ARGV[3]) * n end
if attempt == ARGV[10] or (since and tonumber(ARGV[5]) > 0 and since <= tonumber(ARGV[5])) then
  return loc .. 'S' .. hasty .. whole(asked(strikes)) .. ':' .. s
end
hasty = '0'
if since and since < asked(strikes) then
  hasty, strikes = '1', math.min(strikes + 1, tonumber(ARGV[4]))
else
  strikes = math.max(strikes - 1, 0)
end
redis.call('DEL', KEYS[2])
redis.call('ZADD', KEYS[2], whole(at), whole(strikes) .. ':' .. hasty .. ':' .. ARGV[10])
local left = redis.call('PTTL', KEYS[1])
if left < 1 then left = 1 end
redis.call('PEXPIRE', KEYS[2], whole(left))
return loc .. 'S' .. hasty .. whole(asked(strikes)) .. ':' .. s
