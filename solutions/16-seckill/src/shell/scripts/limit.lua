-- A sliding window over what was admitted, shared by all instances: the same log as core/window.rs, as a list of moments in
-- microseconds by Redis's clock. It is trimmed to the newest N, and expires a window after the newest of them.
-- KEYS: the buyer's log. ARGV: requests, window in microseconds. Answers -1 (admitted) or the microseconds to wait.
-- ANCHOR: stage2_limit
local requests, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local newest = redis.call('LINDEX', KEYS[1], -1)
if newest and tonumber(newest) > now then now = tonumber(newest) end

-- The request that the log would have to have room beside: the oldest of the newest N.
local oldest = redis.call('LINDEX', KEYS[1], -requests)
if oldest and oldest + window > now then return oldest + window - now end

redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], -requests, -1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return -1
-- ANCHOR_END: stage2_limit
