-- KEYS state, stub, context · ARGV locator · all that is there: locator, state, stub, ms left, first letter of the context, the time
-- What is there and empty is no value of ours, and not what is not there.
local function held(v) return v == '' and '!' or v or '' end
local s = redis.call('GET', KEYS[1])
local m = redis.call('GET', KEYS[2])
local left = redis.call('PTTL', KEYS[1])
local c = redis.call('GETRANGE', KEYS[3], 0, 0)
if c == '' and redis.call('EXISTS', KEYS[3]) == 1 then c = '!' end
return {loc, held(s), held(m), whole(left), c, whole(now())}
