-- Plus one, once for each idempotency key: KEYS[1] is the key, KEYS[2] what is counted.
if redis.call('SET', KEYS[1], '1', 'NX') then
    redis.call('INCR', KEYS[2])
end
return 1
