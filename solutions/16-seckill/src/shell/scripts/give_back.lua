-- Ends a claim whose order is dead. If its unit came from this bucket, it is on sale again; the claim and the unit change
-- together, so saying it twice returns it once.
-- KEYS: bucket, claims, unsettled (one slot). ARGV: buyer, order, home. Answers: returned | gone
-- ANCHOR: stage5_give_back
local claim = redis.call('HGET', KEYS[2], ARGV[1])
if not claim then return {'gone'} end
local order, state, unit = string.match(claim, '^(%x+)|(%a+)|(%d*)|')
if order ~= ARGV[2] then return {'gone'} end

redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
if state == 'held' and unit == ARGV[3] then
  if tonumber(redis.call('HGET', KEYS[1], 'debt') or 0) > 0 then
    redis.call('HINCRBY', KEYS[1], 'debt', -1)
  else
    redis.call('HINCRBY', KEYS[1], 'stock', 1)
  end
  redis.call('HINCRBY', KEYS[1], 'epoch', 1)
end
return {'returned'}
-- ANCHOR_END: stage5_give_back
