-- Writes again the claim of an order that the ledger has and Redis forgot. Its unit leaves the shelf; if the shelf is empty,
-- that unit was sold twice, and the bucket notes a debt: the next unit that comes back pays it off. The order may have died
-- since the ledger was read, so the claim is unsettled: the next pass asks again.
-- KEYS: bucket, claims, unsettled (one slot). ARGV: buyer, order, unit, home, at_ms.
-- Answers: cold | restored | there | other (a newer claim)
-- ANCHOR: stage5_restore
local expires = redis.call('HGET', KEYS[1], 'expires_ms')
if not expires then return {'cold'} end
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
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
redis.call('PEXPIREAT', KEYS[2], expires)
redis.call('PEXPIREAT', KEYS[3], expires)
return {'restored'}
-- ANCHOR_END: stage5_restore
