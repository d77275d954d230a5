-- Everything but the look at the claim: the stock is exact, and one buyer may have all of it.
-- ANCHOR: stage2_reserve
local state, stock, epoch, opens, closes = unpack(redis.call('HMGET', KEYS[1],
  'state', 'stock', 'epoch', 'opens_ms', 'closes_ms'))
if state ~= 'open' then return {'cold'} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(opens) then return {'not_yet', string.format('%.0f', opens - now)} end
if now >= tonumber(closes) then return {'closed'} end
if tonumber(stock) <= 0 then return {'sold_out', epoch} end

local claim = ARGV[2] .. '|held|' .. ARGV[3] .. '|' .. string.format('%.0f', now)
redis.call('HINCRBY', KEYS[1], 'stock', -1)
redis.call('HSET', KEYS[2], ARGV[1], claim)
return {'reserved', claim}
-- ANCHOR_END: stage2_reserve
