-- KEYS state, stub, context · ARGV locator, login digest
-- G + context. N: none is attached, or it was claimed. Otherwise as for claim.
local m = redis.call('GET', KEYS[2])
if not m then return loc .. 'U' end
if foreign(m) then return loc .. '!' end
if string.sub(m, 26, 41) ~= ARGV[2] then return loc .. 'U' end
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'E' end
if foreign(s) then return loc .. '!' end
if string.sub(s, 10, 10) ~= 'P' then return loc .. string.sub(s, 10, 10) end
local c = redis.call('GET', KEYS[3])
if not c or string.sub(c, 1, 1) == 'T' then return loc .. 'N' end
if string.sub(c, 1, 1) ~= 'A' then return loc .. '!' end
return loc .. 'G' .. string.sub(c, 2)
