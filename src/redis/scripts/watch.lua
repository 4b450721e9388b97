-- KEYS state · ARGV locator, polling digest, node, proof or ''
-- P + ms left: the node will be told. Otherwise a look is due: L. A session whose proof is missing is watched, too.
local s = redis.call('GET', KEYS[1])
if not s then return loc .. 'L' end
if foreign(s) then return loc .. '!' end
if string.sub(s, 13, 28) ~= ARGV[2] or not waits(s, ARGV[4]) then return loc .. 'L' end
if string.sub(s, 93, 108) ~= ARGV[3] then
  redis.call('SET', KEYS[1], string.sub(s, 1, 92) .. ARGV[3], 'KEEPTTL')
end
return loc .. 'P' .. whole(redis.call('PTTL', KEYS[1]))
