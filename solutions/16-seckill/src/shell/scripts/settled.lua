-- Strikes a buyer off the list of the unsettled, if the claim there is still the one that was looked at.
-- KEYS: claims, unsettled (one slot). ARGV: buyer, order (empty: no claim).
-- ANCHOR: stage5_settled
local claim = redis.call('HGET', KEYS[1], ARGV[1])
local order = claim and string.match(claim, '^(%x+)|') or ''
if order ~= ARGV[2] then return 0 end
return redis.call('ZREM', KEYS[2], ARGV[1])
-- ANCHOR_END: stage5_settled
