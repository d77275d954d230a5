-- Lends one unit of this bucket to a claim that lives in another. Taken twice under one order, it is taken once.
-- KEYS: bucket, loans (one slot). ARGV: order, buyer, home. Answers: cold | sold_out, epoch | taken
-- ANCHOR: stage3_take
local state, stock, epoch, expires = unpack(redis.call('HMGET', KEYS[1], 'state', 'stock', 'epoch', 'expires_ms'))
if state ~= 'open' then return {'cold'} end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return {'taken'} end
if tonumber(stock) <= 0 then return {'sold_out', epoch} end

local time = redis.call('TIME')
local at = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
redis.call('HINCRBY', KEYS[1], 'stock', -1)
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. '|' .. ARGV[3] .. '|' .. at)
redis.call('PEXPIREAT', KEYS[2], expires)
return {'taken'}
-- ANCHOR_END: stage3_take
