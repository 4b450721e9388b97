-- What all scripts share. Every reply begins with the locator, so that a reply to another request shows.
local loc = ARGV[1]
local function no(v, first, last) return string.sub(v, first, last) ~= string.rep('\0', last - first + 1) end
local function foreign(v) return string.byte(v, 1) ~= 1 or string.sub(v, 2, 9) ~= loc end
local function now()
  local t = redis.call('TIME')
  return tonumber(t[1]) * 1000 + math.floor(tonumber(t[2]) / 1000)
end
local function whole(n) return string.format('%.0f', n) end
-- Whether a poll with this proof is told that the session is pending.
local function waits(s, proof)
  local state = string.sub(s, 10, 10)
  return state == 'P' or (state == 'C' and string.sub(s, 12, 12) == 'h' and string.sub(s, 45, 60) ~= proof)
end
-- Keeps an index for as long as its longest entry.
local function keep(key, ms)
  if redis.call('PTTL', key) < tonumber(ms) then redis.call('PEXPIRE', key, ms) end
end
local function remember(key, at, ms)
  if tonumber(ms) > 0 then
    redis.call('ZADD', key, whole(at + tonumber(ms)), loc)
    keep(key, ms)
  end
end
-- Both values of a session go at one moment, so that an end never turns into an expiry.
local function close(s, m, value, ms)
  if tonumber(ms) > 0 then
    redis.call('SET', s, value, 'PX', ms)
    redis.call('PEXPIRE', m, ms)
  else
    redis.call('DEL', s, m)
  end
end
-- Tells the process that waits for the session. A right that is missing must not fail an approval.
local function wake(s, prefix)
  if no(s, 93, 108) then redis.pcall('PUBLISH', prefix .. string.sub(s, 93, 108), loc) end
end
