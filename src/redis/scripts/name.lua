-- Gives a user code to a login. KEYS name · ARGV locator, value, ms · O: it has it. T: another has it.
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[2] then return loc .. 'T' end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return loc .. 'O'
