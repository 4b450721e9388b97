-- Gives back what a right guess has cost. KEYS count · ARGV name
local failed = tonumber(redis.call('GET', KEYS[1]) or '0')
if failed and failed > 1 then redis.call('DECR', KEYS[1]) else redis.call('DEL', KEYS[1]) end
return loc .. 'O'
