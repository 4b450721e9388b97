-- KEYS state, stub, context · ARGV locator · all that is there: locator, state, stub, ms left, first letter of the context, the time
local s = redis.call('GET', KEYS[1])
local m = redis.call('GET', KEYS[2])
local left = redis.call('PTTL', KEYS[1])
return {loc, s or '', m or '', whole(left), redis.call('GETRANGE', KEYS[3], 0, 0), whole(now())}
