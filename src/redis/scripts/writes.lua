-- Whether the server takes writes. KEYS a key that nobody sets · ARGV name · O: it does. A replica refuses it.
redis.call('DEL', KEYS[1])
return loc .. 'O'
