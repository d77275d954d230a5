-- Takes one unit of a buyer's home bucket, if the buyer has no claim yet. One script: nothing happens between its lines.
-- KEYS: bucket, claims, unsettled (one slot). ARGV: buyer, order, home, number of buckets.
-- Answers: cold | claimed, claim | not_yet, ms | closed | sold_out, epoch | reserved, claim | seek, claim, epoch
-- ANCHOR: stage2_reserve
local state, stock, epoch, opens, closes, expires = unpack(redis.call('HMGET', KEYS[1],
  'state', 'stock', 'epoch', 'opens_ms', 'closes_ms', 'expires_ms'))
if state ~= 'open' then return {'cold'} end

local claim = redis.call('HGET', KEYS[2], ARGV[1])
if claim then return {'claimed', claim} end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now < tonumber(opens) then return {'not_yet', string.format('%.0f', opens - now)} end
if now >= tonumber(closes) then return {'closed'} end

local here = tonumber(stock) > 0
if not here and ARGV[4] == '1' then return {'sold_out', epoch} end

local at = string.format('%.0f', now)
claim = ARGV[2] .. (here and '|held|' .. ARGV[3] or '|seeking|') .. '|' .. at
if here then redis.call('HINCRBY', KEYS[1], 'stock', -1) end
redis.call('HSET', KEYS[2], ARGV[1], claim)
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('PEXPIREAT', KEYS[2], expires)
redis.call('PEXPIREAT', KEYS[3], expires)
if here then return {'reserved', claim} end
return {'seek', claim, epoch}
-- ANCHOR_END: stage2_reserve
