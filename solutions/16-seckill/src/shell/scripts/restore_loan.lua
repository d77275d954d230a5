-- The same for the bucket that lent the unit. KEYS: bucket, loans (one slot). ARGV: order, buyer, home, at_ms.
-- ANCHOR: stage5_restore_loan
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'there'} end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|' .. ARGV[3] .. '|' .. ARGV[4])
if tonumber(redis.call('HGET', KEYS[1], 'stock')) > 0 then
  redis.call('HINCRBY', KEYS[1], 'stock', -1)
else
  redis.call('HINCRBY', KEYS[1], 'debt', 1)
end
redis.call('PEXPIREAT', KEYS[2], redis.call('HGET', KEYS[1], 'expires_ms'))
return {'restored'}
-- ANCHOR_END: stage5_restore_loan
