-- Puts a bucket that has been laid out on sale. KEYS: bucket. Answers 1, or 0 if there is no such bucket.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'state', 'open')
return 1
