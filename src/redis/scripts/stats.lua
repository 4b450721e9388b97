-- KEYS live, approved, ended, counts · ARGV name, retention · twelve numbers
local at = now()
trim(KEYS[1], KEYS[2], KEYS[3], KEYS[4], at, ARGV[2])
local out = {loc, whole(count(KEYS[1], at)), whole(count(KEYS[2], at)), whole(count(KEYS[3], at))}
for _, field in ipairs({'i', 'a', 'r', 'd', 'c', 'e', 'u', 'f', 'w'}) do
  out[#out + 1] = redis.call('HGET', KEYS[4], field) or '0'
end
return out
