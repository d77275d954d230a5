-- The same for the bucket that lent the unit. KEYS: bucket, loans (one slot). ARGV: order, buyer, home, at_ms.
-- Answers: cold | restored | there
-- ANCHOR: stage5_restore_loan
local expires = redis.call('HGET', KEYS[1], 'expires_ms')
if not expires then return {'cold'} end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'there'} end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|' .. ARGV[3] .. '|' .. ARGV[4])
if tonumber(redis.call('HGET', KEYS[1], 'stock')) > 0 then
  redis.call('HINCRBY', KEYS[1], 'stock', -1)
else
  redis.call('HINCRBY', KEYS[1], 'debt', 1)
end
redis.call('PEXPIREAT', KEYS[2], expires)
return {'restored'}
-- ANCHOR_END: stage5_restore_loan
