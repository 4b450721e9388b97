-- Judges a guess at a user code, and counts it if it was wrong. A guess that is refused is not counted.
-- KEYS the counts of a source's rungs, the narrowest first, none if it is unknown; of all sources; the mark that codes are
-- longer; that this guess was counted, since it may be sent again
-- ARGV name, 1 if right, window, how long codes stay longer, limit of all, how long a guess may be sent again,
-- then for each rung its budget and its factor
-- O: judged. F + ms: refused for so long.
local rungs = #KEYS - 3
local all, long, counted = KEYS[rungs + 1], KEYS[rungs + 2], KEYS[rungs + 3]
if redis.call('EXISTS', counted) == 1 then return loc .. 'O' end
local function failed(key)
  local text = redis.call('GET', key)
  if not text then return 0 end
  return tonumber(text)
end
local total = failed(all)
if not total then return loc .. '!' end
local over = total >= tonumber(ARGV[5])
local refused = 0
for i = 1, rungs do
  local count = failed(KEYS[i])
  if not count then return loc .. '!' end
  local wait = 0
  if count >= tonumber(ARGV[5 + 2 * i]) then
    wait = redis.call('PTTL', KEYS[i])
  elseif over and count >= tonumber(ARGV[6 + 2 * i]) then
    wait = math.min(redis.call('PTTL', KEYS[i]), redis.call('PTTL', all))
  end
  refused = math.max(refused, wait)
end
-- Of sources that nobody tells apart, any may have failed.
if rungs == 0 and over then refused = math.max(refused, redis.call('PTTL', all)) end
if refused > 0 then return loc .. 'F' .. whole(refused) end
if ARGV[2] == '1' then return loc .. 'O' end
redis.call('SET', counted, '1', 'PX', ARGV[6])
for i = 1, rungs + 1 do
  if redis.call('INCR', KEYS[i]) == 1 then redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
end
if total + 1 >= tonumber(ARGV[5]) then
  local ms = redis.call('PTTL', all) + tonumber(ARGV[4])
  if redis.call('PTTL', long) < ms then redis.call('SET', long, '1', 'PX', whole(ms)) end
end
return loc .. 'O'
