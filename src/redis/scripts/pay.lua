-- Pays for a guess. KEYS count · ARGV name, limit, window · O: paid. F + ms: the next is welcome then.
local failed = tonumber(redis.call('GET', KEYS[1]) or '0')
if not failed then return loc .. '!' end
if failed >= tonumber(ARGV[2]) then return loc .. 'F' .. whole(redis.call('PTTL', KEYS[1])) end
redis.call('INCR', KEYS[1])
if failed == 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return loc .. 'O'
