-- Lays out a bucket that is not there yet; one that is there stays as it is, whatever it has sold since.
-- KEYS: bucket. ARGV: share, opens_ms, closes_ms, expires_ms. Answers the bucket's state: warming or open.
-- ANCHOR: stage2_warm_up
local state = redis.call('HGET', KEYS[1], 'state')
if state then return state end
redis.call('HSET', KEYS[1], 'state', 'warming', 'stock', ARGV[1], 'debt', 0, 'epoch', 0,
  'opens_ms', ARGV[2], 'closes_ms', ARGV[3], 'expires_ms', ARGV[4])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])
return 'warming'
-- ANCHOR_END: stage2_warm_up
