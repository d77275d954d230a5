-- Writes again the claim of an order that the ledger has and Redis forgot. Its unit leaves the shelf; if the shelf is empty,
-- that unit was sold twice, and the bucket notes a debt: the next unit that comes back pays it off.
-- KEYS: bucket, claims (one slot). ARGV: buyer, order, unit, home, at_ms. Answers: restored | there | other (a newer claim)
-- ANCHOR: stage5_restore
local claim = redis.call('HGET', KEYS[2], ARGV[1])
if claim then
  local order, state = string.match(claim, '^(%x+)|(%a+)|')
  if order ~= ARGV[2] then return {'other'} end
  if state == 'held' then return {'there'} end
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|held|' .. ARGV[3] .. '|' .. ARGV[5])
if ARGV[3] == ARGV[4] then
  if tonumber(redis.call('HGET', KEYS[1], 'stock')) > 0 then
    redis.call('HINCRBY', KEYS[1], 'stock', -1)
  else
    redis.call('HINCRBY', KEYS[1], 'debt', 1)
  end
end
redis.call('PEXPIREAT', KEYS[2], redis.call('HGET', KEYS[1], 'expires_ms'))
return {'restored'}
-- ANCHOR_END: stage5_restore
