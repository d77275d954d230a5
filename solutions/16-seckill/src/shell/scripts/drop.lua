-- Ends a claim that found no unit anywhere; one that was settled meanwhile stays.
-- KEYS: claims, unsettled (one slot). ARGV: buyer, order. Answers: dropped | kept, claim | gone
-- ANCHOR: stage3_drop
local claim = redis.call('HGET', KEYS[1], ARGV[1])
if not claim then return {'gone'} end
local order, state = string.match(claim, '^(%x+)|(%a+)|')
if order ~= ARGV[2] then return {'gone'} end
if state ~= 'seeking' then return {'kept', claim} end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return {'dropped'}
-- ANCHOR_END: stage3_drop
