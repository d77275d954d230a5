-- The sketch's warm-up: SET, whatever is there.
-- ANCHOR: stage2_warm_up
redis.call('HSET', KEYS[1], 'state', 'warming', 'stock', ARGV[1], 'debt', 0, 'epoch', 0,
  'opens_ms', ARGV[2], 'closes_ms', ARGV[3], 'expires_ms', ARGV[4])
return 'warming'
-- ANCHOR_END: stage2_warm_up
