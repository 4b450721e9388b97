-- KEYS account · ARGV name · the name, and the locators of what is live
local live = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now()), '+inf')
return {loc, table.concat(live, ' ')}
