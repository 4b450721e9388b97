-- Notes what has expired or is forgotten: live, approved, ended, counts. Some at a time; counting does not wait for it.
local function trim(live, approved, ended, counts, at, retention)
  for which, key in ipairs({live, approved}) do
    local due = redis.call('ZRANGEBYSCORE', key, '-inf', whole(at), 'WITHSCORES', 'LIMIT', 0, 32)
    for i = 1, #due, 2 do
      redis.call('ZREM', key, due[i])
      local over = tonumber(due[i + 1]) + tonumber(retention)
      if over > at then
        redis.call('ZADD', ended, whole(over), due[i])
        keep(ended, retention)
      else
        redis.call('HINCRBY', counts, 'f', 1)
      end
      redis.call('HINCRBY', counts, 'e', 1)
      if which == 2 then redis.call('HINCRBY', counts, 'u', 1) end
    end
  end
  local gone = redis.call('ZREMRANGEBYSCORE', ended, '-inf', whole(at))
  if gone > 0 then redis.call('HINCRBY', counts, 'f', gone) end
end
local function count(key, at) return redis.call('ZCOUNT', key, '(' .. whole(at), '+inf') end
