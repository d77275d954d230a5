-- Ends a loan: its unit is on sale here again, once, however often this is said.
-- KEYS: bucket, loans (one slot). ARGV: order. Answers: released | gone
-- ANCHOR: stage3_release
if redis.call('HDEL', KEYS[2], ARGV[1]) == 0 then return {'gone'} end
-- A unit that was restored from the ledger when the shelf was empty already (a debt) is paid off first.
if tonumber(redis.call('HGET', KEYS[1], 'debt') or 0) > 0 then
  redis.call('HINCRBY', KEYS[1], 'debt', -1)
else
  redis.call('HINCRBY', KEYS[1], 'stock', 1)
end
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
return {'released'}
-- ANCHOR_END: stage3_release
