-- KEYS account · ARGV locator
redis.call('ZREM', KEYS[1], loc)
return loc .. 'O'
