-- Gives a seeking claim the unit that was taken for it. The claim has the last word: whoever settles it first wins.
-- KEYS: claims. ARGV: buyer, order, unit. Answers: held, claim | extra, claim (it has a unit already) | gone
-- ANCHOR: stage3_settle
local claim = redis.call('HGET', KEYS[1], ARGV[1])
if not claim then return {'gone'} end
local order, state, unit, at = string.match(claim, '^(%x+)|(%a+)|(%d*)|(%d+)$')
if order ~= ARGV[2] then return {'gone'} end
if state == 'held' then return {unit == ARGV[3] and 'held' or 'extra', claim} end

claim = order .. '|held|' .. ARGV[3] .. '|' .. at
redis.call('HSET', KEYS[1], ARGV[1], claim)
return {'held', claim}
-- ANCHOR_END: stage3_settle
